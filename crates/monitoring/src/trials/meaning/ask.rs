//! Has promtool evaluate many texts in the worlds of a meaning.

use std::{
    fs,
    io::Read as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use promql::syntax;

use super::{
    Answer, Meaning, Seen, Verdict, World,
    parts::{Parted, Text},
    series::Scene,
};
use crate::trials::{
    Error,
    promtool::{FileWritten, MARK, QueryWritten, SeriesWritten, TestWritten},
};

/// How long promtool may take for one world.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked whether it is done.
const PAUSE: Duration = Duration::from_millis(5);

/// One text at one moment.
struct Question {
    /// The place of the text among all.
    text: usize,
    /// The place of the world among those that are asked in.
    world: usize,
    /// Which text of it.
    which: Text,
    moment: usize,
}

/// Has promtool evaluate texts where the meaning says what they should answer: the query itself, and then others. `folder` is for the file, by this name.
///
/// # Errors
/// When promtool cannot be started, or says what is not understood.
pub fn ask(
    promtool: &Path,
    folder: &Path,
    name: &str,
    meaning: &Meaning,
    texts: &[&str],
) -> Result<Vec<Verdict>, Error> {
    let parted = |text: &&str| syntax::parse(text).ok().map(|tree| meaning.parted.like(text, &tree));
    let parted: Vec<Option<Parted>> = texts.iter().map(parted).collect();
    let verdict = |parted: &Option<Parted>| match parted {
        Some(_) => Verdict::Same,
        None => Verdict::Differs(Seen::Whole, "it cannot be read".to_owned()),
    };
    let mut verdicts: Vec<Verdict> = parted.iter().map(verdict).collect();
    // Most differ in the first world already; one text alone is asked in all of them at once.
    let (first, others) = Scene::ALL.split_at(1);
    let (second, third) = others.split_at(others.len() / 3);
    let rounds = if texts.len() == 1 { vec![Scene::ALL] } else { vec![first, second, third] };
    for (round, scenes) in rounds.into_iter().enumerate() {
        // The first text is the original: alone it has nobody to be told from.
        let open = verdicts.iter().skip(1).filter(|verdict| **verdict == Verdict::Same).count();
        if round > 0 && open == 0 {
            break;
        }
        let worlds: Vec<World> = scenes.iter().map(|scene| meaning.world(*scene)).collect::<Result<_, _>>()?;
        let (questions, tests) = asked(meaning, &worlds, name, &parted, &verdicts, round == 0);
        if questions.is_empty() {
            break;
        }
        let path = folder.join(format!("{name}.{round}.yml"));
        let interval = written_interval(meaning);
        let file = FileWritten { rule_files: Vec::new(), evaluation_interval: interval, tests };
        let text = serde_norway::to_string(&file).map_err(|error| Error::new("its worlds", error.to_string()))?;
        fs::write(&path, text).map_err(|error| Error::new("its file", error.to_string()))?;
        match said(promtool, &path)? {
            Some(said) => judge(&worlds, &questions, &said, &mut verdicts)?,
            None => questions.iter().for_each(|question| verdicts[question.text] = Verdict::TooLong),
        }
        // Nobody looks at it again, and it is large.
        fs::remove_file(&path).map_err(|error| Error::new("its file", error.to_string()))?;
    }
    Ok(verdicts)
}

/// What is asked in these worlds about each text that answers what it should so far.
fn asked(
    meaning: &Meaning,
    worlds: &[World],
    name: &str,
    parted: &[Option<Parted>],
    verdicts: &[Verdict],
    is_first: bool,
) -> (Vec<Question>, Vec<TestWritten>) {
    let (mut questions, mut tests) = (Vec::new(), Vec::new());
    let moments = meaning.reading.moments();
    for (world, made) in worlds.iter().enumerate() {
        let mut queries = Vec::new();
        let open = (0..parted.len()).filter(|text| verdicts[*text] == Verdict::Same);
        for (text, parted) in open.filter_map(|text| Some((text, parted[text].as_ref()?))) {
            for (which, expr) in parted.texts() {
                // What reads no series need be asked only once.
                let once = matches!(which, Text::Frame(_));
                let moments = moments.iter().enumerate().filter(|(at, _)| !once || (is_first && world + at == 0));
                for (moment, at) in moments {
                    queries.push(QueryWritten {
                        expr: format!("{expr}{MARK}{}", questions.len()),
                        eval_time: format!("{}ms", (at * 1000.0).round()),
                        exp_samples: Vec::new(),
                    });
                    questions.push(Question { text, world, which, moment });
                }
            }
        }
        tests.push(test(meaning, made, name, queries));
    }
    (questions, tests)
}

fn written_interval(meaning: &Meaning) -> String {
    format!("{}s", meaning.reading.interval.as_secs())
}

fn test(meaning: &Meaning, world: &World, name: &str, queries: Vec<QueryWritten>) -> TestWritten {
    let series = |(series, values): &(String, String)| SeriesWritten { series: series.clone(), values: values.clone() };
    TestWritten {
        name: name.to_owned(),
        interval: written_interval(meaning),
        input_series: world.series.iter().map(series).collect(),
        alert_rule_test: Vec::new(),
        promql_expr_test: queries,
    }
}

/// What promtool says; nothing when it takes too long.
pub(crate) fn said(promtool: &Path, file: &Path) -> Result<Option<String>, Error> {
    let cannot = |error: std::io::Error| Error::new("promtool", format!("cannot be started: {error}"));
    let mut command = Command::new(promtool);
    command.args(["test", "rules"]).arg(file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(cannot)?;
    let streams: [Option<Box<dyn std::io::Read + Send>>; 2] =
        [child.stdout.take().map(|out| Box::new(out) as _), child.stderr.take().map(|out| Box::new(out) as _)];
    // A full pipe would make it wait for ever.
    let readers = streams.map(|stream| {
        thread::spawn(move || {
            let mut text = Vec::new();
            let _ = stream.map(|mut stream| stream.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        })
    });
    let started = Instant::now();
    let is_done = loop {
        if child.try_wait().map_err(cannot)?.is_some() {
            break true;
        }
        if started.elapsed() > PATIENCE {
            child.kill().and_then(|()| child.wait()).map_err(cannot)?;
            break false;
        }
        thread::sleep(PAUSE);
    };
    let said: Vec<String> = readers.into_iter().filter_map(|reader| reader.join().ok()).collect();
    Ok(is_done.then(|| said.join("\n")))
}

/// What was answered to each marked query. Promtool is silent where there is no answer.
pub(crate) fn answers(said: &str, count: usize) -> Result<Vec<Result<Answer, String>>, Error> {
    let mut answers: Vec<Result<Answer, String>> = vec![Ok(Answer::default()); count];
    let mut lines = said.lines().peekable();
    let mut marked = 0;
    while let Some(line) = lines.next() {
        let Some((_, after)) = line.rsplit_once(MARK) else { continue };
        let Some((number, after)) = after.split_once('"') else { continue };
        let Ok(number) = number.parse::<usize>() else { continue };
        marked += 1;
        let got = lines.by_ref().take(if after.contains("err:") { 0 } else { 2 }).last();
        let got = got.and_then(|line| line.trim().strip_prefix("got:"));
        answers[number] = match got {
            Some(got) => Ok(Answer::read(got).ok_or_else(|| Error::new("promtool's answer", got.to_owned()))?),
            None => Err(after.trim_matches([',', ' ']).to_owned()),
        };
    }
    if marked == 0 && !said.contains("SUCCESS") {
        return Err(Error::new("promtool", said.to_owned()));
    }
    Ok(answers)
}

/// Compares what was answered with what was expected.
fn judge(worlds: &[World], questions: &[Question], said: &str, verdicts: &mut [Verdict]) -> Result<(), Error> {
    let answers = answers(said, questions.len())?;
    for (question, answer) in questions.iter().zip(answers) {
        let seen = match question.which {
            Text::Whole => Seen::Whole,
            Text::Side(_) | Text::Part(_) => Seen::Part,
            Text::Frame(_) => Seen::Table,
        };
        // What the whole answers says most.
        if matches!(verdicts[question.text], Verdict::Differs(before, _) if before <= seen) {
            continue;
        }
        let Some(expected) = worlds[question.world].expected.get(&question.which) else { continue };
        let unlike = match answer {
            Ok(answer) => expected[question.moment].unlike(&answer),
            Err(error) => Some(error),
        };
        if let Some(how) = unlike {
            verdicts[question.text] =
                Verdict::Differs(seen, format!("world {}, {:?}: {how}", question.world + 1, question.which));
        }
    }
    Ok(())
}
