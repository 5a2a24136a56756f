//! A report in a file: a page or, for machines, JSON.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use super::Report;
use crate::kept::write_whole;

/// Where a report is to be written, and as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportFile {
    path: PathBuf,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Page,
    Json,
}

impl ReportFile {
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, report: &Report) -> anyhow::Result<()> {
        let text = match self.form {
            Form::Page => report.html(),
            Form::Json => serde_json::to_string_pretty(report)?,
        };
        write_whole(&self.path, &text)
    }
}

impl FromStr for ReportFile {
    type Err = String;

    /// Refuses what could only be found out when all is over.
    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let form = match path.extension().and_then(|extension| extension.to_str()) {
            Some("html" | "htm") => Form::Page,
            Some("json") => Form::Json,
            _ => return Err("its name must end in .html for a page or in .json".to_owned()),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !folder.is_dir() {
            return Err(format!("there is no folder {}", folder.display()));
        }
        if path.is_dir() {
            return Err("it is a folder".to_owned());
        }
        Ok(Self { path, form })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_written_is_refused_before_the_start() {
        let read = |text: &str| text.parse::<ReportFile>();
        assert_eq!(read("report.html").map(|file| file.form), Ok(Form::Page));
        assert_eq!(read("./report.json").map(|file| file.form), Ok(Form::Json));
        assert_eq!(read("report").expect_err("no ending"), "its name must end in .html for a page or in .json");
        assert_eq!(read("nowhere/report.html").expect_err("no folder"), "there is no folder nowhere");
        for text in ["", ".html", "report.pdf", "/"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
