//! What the README shows is what the command says.

use std::{fs, path::Path, process::Command};

#[test]
fn the_readme_shows_what_the_command_says() {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(crate_folder.join("README.md")).expect("the README");
    let blocks: Vec<&str> = readme.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(blocks.len(), 2, "a wrong and a corrected run");
    for block in blocks {
        let (command, shown) = block.split_once('\n').expect("a command and its answer");
        let arguments = command.strip_prefix("$ promql-lint ").expect("the command").split(' ');
        let output = Command::new(env!("CARGO_BIN_EXE_promql-lint"))
            .args(arguments)
            .current_dir(crate_folder)
            .env_remove("CLICOLOR_FORCE")
            .output()
            .expect("it runs");
        let said = String::from_utf8(output.stdout).expect("a text");
        assert_eq!(shown, said, "{command}");
    }
}
