//! The machine that the node exporter's own tests describe: files of /proc and /sys with nearly every kind of hardware and kernel module.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, bail};

const MODULE: &str = "github.com/prometheus/node_exporter";

/// The node exporter's source, from Go's cache of modules; fetched by Go if it is not there.
pub(super) fn source() -> anyhow::Result<PathBuf> {
    module(MODULE)
}

/// The folder of a module that the exporters are built from.
pub(super) fn module(name: &str) -> anyhow::Result<PathBuf> {
    let pins = stack::workspace_root().join("deploy/tools/exporters");
    let said =
        Command::new("go").args(["mod", "download", "-json", name]).current_dir(pins).output().context("no Go")?;
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).context("go mod download does not answer")?;
    let folder = said["Dir"].as_str().with_context(|| format!("Go has no module {name}: {}", said["Error"]))?;
    Ok(folder.into())
}

/// Puts the machine together in a folder. The archives of a module have no links, and so some files stand in an archive of their own,
/// which the exporter's script unpacks.
pub(super) fn unpack(source: &Path, folder: &Path) -> anyhow::Result<()> {
    if folder.join("udev").exists() {
        return Ok(());
    }
    let fixtures = source.join("collector/fixtures");
    let proc = folder.join("proc");
    run(Command::new("cp").args(["-r", "--no-preserve=mode"]).arg(fixtures.join("proc")).arg(folder))?;
    for (link, target) in [("self", "10"), ("mounts", "self/mounts")] {
        let link = proc.join(link);
        if fs::symlink_metadata(&link).is_err() {
            symlink(target, &link).with_context(|| format!("{} cannot be made", link.display()))?;
        }
    }
    for archive in ["sys", "udev"] {
        let script = source.join("ttar");
        let archive = fixtures.join(format!("{archive}.ttar"));
        run(Command::new("bash").arg(script).arg("-C").arg(folder).args(["-x", "-f"]).arg(archive))?;
    }
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<()> {
    let output = command.output().with_context(|| format!("{} cannot be started", command.get_program().display()))?;
    if !output.status.success() {
        bail!("{} failed: {}", command.get_program().display(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// The arguments by which the node exporter sees that machine. Left out is what asks this one's kernel all the same.
pub(super) fn arguments(source: &Path, folder: &Path) -> Vec<String> {
    let (fixtures, folder) = (source.join("collector/fixtures").display().to_string(), folder.display());
    let optional = [
        "buddyinfo",
        "cgroups",
        "cpu_vulnerabilities",
        "drbd",
        "interrupts",
        "ksmd",
        "lnstat",
        "meminfo_numa",
        "mountstats",
        "pcidevice",
        "processes",
        "qdisc",
        "slabinfo",
        "softirqs",
        "swap",
        "sysctl",
        "wifi",
        "xfrm",
        "zoneinfo",
    ];
    let asks_the_kernel = ["arp.netlink", "filesystem", "timex", "uname"];
    let settings = [
        format!("--path.rootfs={fixtures}"),
        format!("--path.procfs={folder}/proc"),
        format!("--path.sysfs={folder}/sys"),
        format!("--path.udev.data={folder}/udev/data"),
        format!("--collector.qdisc.fixtures={fixtures}/qdisc/"),
        format!("--collector.wifi.fixtures={fixtures}/wifi"),
        "--collector.bcache.priorityStats".to_owned(),
        "--collector.cpu.info".to_owned(),
        "--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$".to_owned(),
        "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$".to_owned(),
        "--collector.netclass.ignore-invalid-speed".to_owned(),
        "--collector.stat.softirq".to_owned(),
    ];
    let with = optional.iter().map(|name| format!("--collector.{name}"));
    let without = asks_the_kernel.iter().map(|name| format!("--no-collector.{name}"));
    settings.into_iter().chain(with).chain(without).collect()
}
