//! A PostgreSQL server of the stack's own: made once in a folder, without a password, on loopback only.

use std::{
    env, fs,
    io::Write as _,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use reqwest::Url;

use crate::{
    error::Error,
    process::Launch,
    tools::{self, Tool},
};

const USER: &str = "shop";
const DATABASE: &str = "shop";

/// The address under which the services reach it.
pub(crate) fn url(port: u16) -> String {
    format!("postgres://{USER}@127.0.0.1:{port}/{DATABASE}")
}

/// The address as the exporter takes it. Unless it is told otherwise it insists on TLS, which a server on this machine seldom speaks,
/// while the services take what there is.
pub(crate) fn for_exporter(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    let is_told = url.query_pairs().any(|(key, _)| key == "sslmode");
    let is_here = matches!(url.host_str(), None | Some("localhost" | "127.0.0.1" | "[::1]"));
    if is_here && !is_told {
        url.query_pairs_mut().append_pair("sslmode", "disable");
    }
    url.into()
}

/// A server that is ready to be started.
pub(crate) struct Prepared {
    pub(crate) launch: Launch,
    /// The folder that stands in for the stack's own where PostgreSQL's user cannot get at that; it goes with the stack.
    pub(crate) stand_in: Option<PathBuf>,
}

/// Makes the cluster and its database where there is none yet, and tells how to start it.
pub(crate) fn prepare(data: &Path, log: &Path, port: u16) -> Result<Prepared, Error> {
    let (initdb, postgres) = (tools::need(Tool::Initdb)?, tools::need(Tool::Postgres)?);
    let user = unprivileged_user()?;
    let (initdb, postgres) = match user {
        Some(_) => (reachable(&initdb)?, reachable(&postgres)?),
        None => (initdb, postgres),
    };
    let stand_in = match user {
        Some(user) => owned_folder(data, user)?,
        None => None,
    };
    let data = stand_in.as_deref().unwrap_or(data);
    let cluster = data.join("cluster");
    if !cluster.join("PG_VERSION").exists() {
        make(&initdb, &postgres, &cluster, user)?;
    }
    let launch = Launch::new("postgres", postgres, log)
        .arg("-D")
        .arg(&cluster)
        .arg("-p")
        .arg(port.to_string())
        .interrupted_to_stop()
        .run_by(user)
        .env("LC_ALL", "C");
    let settings = [
        "listen_addresses=127.0.0.1",
        // No socket file: its path must be short, and ours are not.
        "unix_socket_directories=",
        "max_connections=200",
        "shared_buffers=64MB",
        // The data serves a try or a test; losing it with the machine's power is fine.
        "fsync=off",
        "synchronous_commit=off",
        "full_page_writes=off",
    ];
    let launch = settings.into_iter().fold(launch, |launch, setting| launch.arg("-c").arg(setting));
    Ok(Prepared { launch, stand_in })
}

/// `initdb`, then the database by a single-user server, since not every PostgreSQL comes with `createdb`.
fn make(initdb: &Path, postgres: &Path, cluster: &Path, user: Option<(u32, u32)>) -> Result<(), Error> {
    // Made beside and renamed, so that an interrupted initdb is never taken for a cluster.
    let making = cluster.with_extension("making");
    if making.exists() {
        fs::remove_dir_all(&making).map_err(|error| Error::failed(making.display(), error))?;
    }
    let mut command = as_user(initdb, user);
    command.arg("-D").arg(&making).args([
        "--username",
        USER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    run(command, "")?;
    let mut command = as_user(postgres, user);
    command.arg("--single").arg("-D").arg(&making).arg("postgres");
    run(command, &format!("CREATE DATABASE {DATABASE};\n"))?;
    fs::rename(&making, cluster).map_err(|error| Error::failed(cluster.display(), error))
}

fn run(mut command: Command, input: &str) -> Result<(), Error> {
    let what = format!("{} could not make the database cluster", command.get_program().display());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Error::failed(&what, error))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).map_err(|error| Error::failed(&what, error))?;
    }
    let output = child.wait_with_output().map_err(|error| Error::failed(&what, error))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::failed(what, String::from_utf8_lossy(&output.stderr).trim()))
}

fn as_user(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(program);
    command.env("LC_ALL", "C").current_dir("/");
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

/// PostgreSQL refuses root: then it runs as `postgres`, or as `nobody` where there is none.
fn unprivileged_user() -> Result<Option<(u32, u32)>, Error> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").map_err(|error| Error::failed("/etc/passwd", error))?;
    let find = |name: &str| {
        let fields: Vec<&str> = users.lines().find(|line| line.split(':').next() == Some(name))?.split(':').collect();
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or_else(|| {
        Error::Failed("PostgreSQL refuses root, and there is no user `postgres` or `nobody` to run it by".to_owned())
    })
}

/// Gives the data folder to that user, or tells of one in the system's temporary folder where the user cannot get at ours.
fn owned_folder(data: &Path, (user, group): (u32, u32)) -> Result<Option<PathBuf>, Error> {
    let failed = |error| Error::failed(format_args!("the data folder {}", data.display()), error);
    if is_reachable(data) {
        chown(data, Some(user), Some(group)).map_err(failed)?;
        return Ok(None);
    }
    let own = env::temp_dir().join(format!("vitrine-postgres-{}", tools::hash(&[&data.to_string_lossy()])));
    fs::create_dir_all(&own).map_err(failed)?;
    // Anyone may write to the temporary folder: a link there would have us give away what it leads to.
    let found = fs::symlink_metadata(&own).map_err(failed)?;
    if !found.is_dir() || (found.uid() != 0 && found.uid() != user) {
        return Err(Error::Failed(format!("{} belongs to somebody else; remove it", own.display())));
    }
    chown(&own, Some(user), Some(group)).map_err(failed)?;
    fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).map_err(failed)?;
    Ok(Some(own))
}

/// A program that another user can start: root's cache folder is closed to others, so the installation is copied once.
fn reachable(program: &Path) -> Result<PathBuf, Error> {
    let (Some(root), Some(name)) = (program.parent().and_then(Path::parent), program.file_name()) else {
        return Ok(program.to_path_buf());
    };
    if is_reachable(program) {
        return Ok(program.to_path_buf());
    }
    let copy = Path::new("/var/tmp").join(format!("vitrine-postgres-{}", tools::key()));
    if !copy.exists() {
        let making = copy.with_extension(std::process::id().to_string());
        let mut command = Command::new("cp");
        command.arg("-rL").arg(root).arg(&making);
        run(command, "")?;
        let opened = fs::set_permissions(&making, fs::Permissions::from_mode(0o755));
        let placed = opened.and_then(|()| fs::rename(&making, &copy));
        // Somebody may have placed the same in between, and then theirs will do.
        if placed.is_err() && !copy.exists() {
            placed.map_err(|error| Error::failed(copy.display(), error))?;
        }
    }
    // Anyone may write to /var/tmp: only what root put there is started.
    if !fs::symlink_metadata(&copy).is_ok_and(|found| found.is_dir() && found.uid() == 0) {
        return Err(Error::Failed(format!("{} belongs to somebody else; remove it", copy.display())));
    }
    Ok(copy.join("bin").join(name))
}

/// Whether every folder on the way may be entered by anyone.
fn is_reachable(path: &Path) -> bool {
    path.ancestors().skip(1).all(|folder| fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o001 != 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_on_this_machine_is_not_asked_for_tls() {
        let told = for_exporter;
        assert_eq!(told("postgres://shop@127.0.0.1:5432/shop"), "postgres://shop@127.0.0.1:5432/shop?sslmode=disable");
        assert_eq!(told("postgres://a:b@[::1]/shop?user=c"), "postgres://a:b@[::1]/shop?user=c&sslmode=disable");
        for kept in ["postgres://shop@localhost/shop?sslmode=require", "postgres://shop@db.shop.example/shop"] {
            assert_eq!(told(kept), kept);
        }
    }
}
