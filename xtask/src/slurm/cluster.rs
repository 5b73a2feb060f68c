//! A Slurm cluster of one machine, in a temporary folder.

use anyhow::{Context, Result, bail};
use std::env;
use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The programs of the cluster, and the Debian packages that contain them.
const PROGRAMS: [&str; 9] =
    ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "sacct", "scontrol", "scancel", "sinfo"];
const PACKAGES: [&str; 2] = ["munge", "slurm-wlm"];

/// The largest size of an array, so small that a small sweep needs several.
pub(super) const MAX_ARRAY_SIZE: usize = 3;

/// The longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(600);
/// The time between two checks.
const POLL: Duration = Duration::from_millis(200);

/// A running cluster. Dropping it stops all jobs and Slurm's daemons.
pub(super) struct Cluster {
    folder: TempDir,
    /// The daemons in the order of their start.
    daemons: Vec<Child>,
}

/// Checks that all programs exist, and installs them if apt-get is available.
pub(super) fn check() -> Result<()> {
    if output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!(
            "cargo xtask slurm needs root, because Slurm's daemons start jobs for any user: run it in a container"
        );
    }
    if missing().is_empty() {
        return Ok(());
    }
    if is_there("apt-get") {
        for arguments in [&["update", "-qq"][..], &[&["install", "-y", "-qq"], &PACKAGES[..]].concat()] {
            let mut command = Command::new("apt-get");
            let status = command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").status()?;
            if !status.success() {
                bail!("apt-get {} failed", arguments.join(" "));
            }
        }
    }
    match missing() {
        missing if missing.is_empty() => Ok(()),
        missing => {
            bail!("missing: {} (Debian: apt install {})", missing.join(", "), PACKAGES.join(" "))
        }
    }
}

fn missing() -> Vec<&'static str> {
    PROGRAMS.into_iter().filter(|program| !is_there(program)).collect()
}

fn is_there(program: &str) -> bool {
    env::split_paths(&path()).any(|folder| folder.join(program).is_file())
}

/// Returns PATH with the folders of daemons, which root's PATH may lack.
fn path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin");
    path
}

impl Cluster {
    /// Starts a cluster, and waits until it accepts jobs.
    pub(super) fn start() -> Result<Self> {
        let mut cluster =
            Self { folder: tempfile::tempdir().context("no temporary folder")?, daemons: Vec::new() };
        for folder in ["state", "spool"] {
            fs::create_dir(cluster.path(folder))?;
        }
        fs::write(cluster.path("slurm.conf"), cluster.configuration()?)?;
        cluster.write_key()?;
        let option = |name: &str, file: &str| format!("--{name}={}", cluster.path(file).display());
        let munged = [
            "--foreground".to_owned(),
            // By default, munged refuses folders below /tmp.
            "--force".to_owned(),
            option("key-file", "munge.key"),
            option("socket", "munge.socket"),
            option("pid-file", "munged.pid"),
            option("log-file", "munged.log"),
            option("seed-file", "munged.seed"),
        ];
        let socket = cluster.path("munge.socket");
        cluster.daemon("munged", &munged)?;
        wait("munged", || Ok(socket.exists().then_some(())))?;
        cluster.daemon("slurmctld", &["-D".to_owned()])?;
        cluster.daemon("slurmd", &["-D".to_owned(), "-N".to_owned(), "localhost".to_owned()])?;
        wait("an idle node", || {
            let states = output(cluster.command("sinfo").args(["--noheader", "--format=%T"]));
            Ok(states.ok().filter(|states| states.trim() == "idle"))
        })?;
        Ok(cluster)
    }

    fn configuration(&self) -> Result<String> {
        let folder = self.folder.path().display();
        let [controller, node] = free_ports()?;
        Ok(format!(
            "ClusterName=xtask
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmdPort={node}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# A job that is requeued waits until its credential has expired, by default two minutes.
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
# Also where there are fewer cores.
SlurmdParameters=config_overrides
ReturnToService=2
MaxArraySize={MAX_ARRAY_SIZE}
NodeName=localhost NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"
        ))
    }

    fn write_key(&self) -> Result<()> {
        let mut key = [0; 1024];
        File::open("/dev/urandom")?.read_exact(&mut key)?;
        let path = self.path("munge.key");
        fs::write(&path, key)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        Ok(())
    }

    fn daemon(&mut self, program: &str, arguments: &[String]) -> Result<()> {
        let output = File::create(self.path(&format!("{program}.out")))?;
        let child = self
            .command(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{program} cannot be started"))?;
        self.daemons.push(child);
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns a command that uses this cluster.
    pub(super) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if ["SLURM_", "SBATCH_", "SQUEUE_"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command.env("SLURM_CONF", self.path("slurm.conf")).env("PATH", path());
        command
    }

    /// Runs one of Slurm's commands and returns its output.
    pub(super) fn slurm(&self, program: &str, arguments: &[&str]) -> Result<String> {
        output(self.command(program).args(arguments))
    }

    /// Returns the processes of a running task such as `12_3`.
    pub(super) fn processes(&self, task: &str) -> Result<Vec<String>> {
        let (array, _) = task.split_once('_').context("not a task of an array")?;
        let jobs = self.slurm("squeue", &["--noheader", "--array", "--jobs", array, "--format=%i %A"])?;
        let job = jobs
            .lines()
            .filter_map(|line| line.split_once(' '))
            .find_map(|(name, job)| (name == task).then_some(job.trim()))
            .with_context(|| format!("{task} is not in the queue"))?;
        let listed = self.slurm("scontrol", &["listpids", job])?;
        Ok(listed
            .lines()
            .skip(1)
            .filter_map(|line| line.split_whitespace().next())
            .map(str::to_owned)
            .collect())
    }

    /// Returns the last lines of the daemons' logs.
    pub(super) fn last_words(&self) -> String {
        let logs = ["munged.log", "munged.out", "slurmctld.log", "slurmctld.out", "slurmd.log", "slurmd.out"];
        let mut words = String::new();
        for name in logs {
            let text = fs::read_to_string(self.path(name)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let last = &lines[lines.len().saturating_sub(20)..];
            if !last.is_empty() {
                words += &format!("{name}:\n  {}\n", last.join("\n  "));
            }
        }
        words
    }

    /// Cancels all jobs, and waits for their processes to end.
    fn cancel_all(&self) -> Result<()> {
        self.slurm("scancel", &["--user=root"])?;
        for _ in 0..100 {
            if self.slurm("squeue", &["--noheader"])?.trim().is_empty() {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        bail!("jobs do not end: {}", self.slurm("squeue", &[])?)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // If the cluster never started, there are no jobs.
        if self.daemons.len() == 3
            && let Err(error) = self.cancel_all()
        {
            eprintln!("warning: {error:#}");
        }
        for daemon in self.daemons.iter_mut().rev() {
            let _ = Command::new("kill").args(["-TERM", &daemon.id().to_string()]).status();
            let end = Instant::now() + Duration::from_secs(10);
            while Instant::now() < end && matches!(daemon.try_wait(), Ok(None)) {
                thread::sleep(POLL);
            }
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}

/// Returns two free ports.
fn free_ports() -> Result<[u16; 2]> {
    let listeners = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    let [first, second] = &listeners;
    Ok([first.local_addr()?.port(), second.local_addr()?.port()])
}

/// Returns the stdout of a command, which must succeed.
pub(super) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} cannot be run"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Repeats a check until it returns something.
///
/// # Arguments
///
/// * `what` - what is waited for, for messages
pub(super) fn wait<T>(what: &str, mut check: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = check().with_context(|| format!("waiting for {what}"))? {
            return Ok(found);
        }
        if Instant::now() > end {
            bail!("waited {} s for {what}", PATIENCE.as_secs());
        }
        thread::sleep(POLL);
    }
}
