//! `traffic merge`: the reports of several runs as one.

use std::path::PathBuf;

use clap::Args;

use crate::{
    arguments::{Files, Format},
    complain,
    ending::Ending,
    report::Report,
};

/// What `traffic merge` takes.
#[derive(Args, Debug)]
pub(crate) struct Merge {
    /// Reports, as JSON.
    #[arg(value_name = "FILE", required = true)]
    pub reports: Vec<PathBuf>,

    /// How the result is written.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    #[command(flatten)]
    pub files: Files,
}

/// Writes them as one; it ends as the merged run would have.
pub(crate) fn merge(options: &Merge) -> anyhow::Result<Ending> {
    let Merge { reports, format, files } = options;
    let read = reports.iter().map(|path| Report::read(path)).collect::<anyhow::Result<_>>();
    let merged = match read.and_then(Report::merged) {
        Ok(merged) => merged,
        Err(error) => {
            complain(&format!("{error:#}"));
            return Ok(Ending::Misused);
        }
    };
    files.write(&merged)?;
    merged.show(*format)?;
    Ok(merged.verdict)
}
