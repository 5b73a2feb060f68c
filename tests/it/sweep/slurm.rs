//! Sweeps on a cluster with stand-ins for Slurm's commands: the calls of these commands, and the use of their
//! output. `cargo xtask slurm` does the same with a real Slurm.

use super::support::*;
use crate::alone::write_script;
use crate::cmd::Run;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// The stand-in for `sbatch`. Jobs are numbered from 101. In the parent folder of the sweep, the file
/// `refuse-N` makes it refuse the Nth job, and `took-N` makes it fail after accepting the job. `taken` has a
/// line `JOB|COMMENT` for each accepted job.
const SBATCH: &str = r#"#!/bin/sh
here="$(dirname "$0")/.."
echo "$* partition=$SBATCH_PARTITION account=$SBATCH_ACCOUNT" >> "$here/sbatch"
env | grep '^SLURM_' | sort >> "$here/leaked"
number="$(wc -l < "$here/sbatch")"
if [ -e "$here/refuse-$number" ]; then cat "$here/refuse-$number" >&2; exit 1; fi
for script in "$@"; do :; done
comment="$(sed -n 's/^#SBATCH --comment=//p' "$script")"
echo "$((100 + number))|$comment" >> "$here/taken"
if [ -e "$here/took-$number" ]; then cat "$here/took-$number" >&2; exit 1; fi
echo $((100 + number))
"#;

const SCONTROL: &str = r#"#!/bin/sh
here="$(dirname "$0")/.."
echo "$*" >> "$here/scontrol"
echo 'MaxArraySize            = 2'
echo 'MaxJobCount             = 10'
"#;

const SQUEUE: &str = r#"#!/bin/sh
here="$(dirname "$0")/.."
echo "$*" >> "$here/squeue"
if [ -e "$here/away" ]; then echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1; fi
case "$*" in *%k*) cat "$here/taken" 2> /dev/null; exit 0;; esac
if [ ! -e "$here/queue" ]; then echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1; fi
cat "$here/queue"
"#;

const SACCT: &str = r#"#!/bin/sh
here="$(dirname "$0")/.."
case "$*" in *Comment*) cat "$here/comments" 2> /dev/null; exit 0;; esac
if [ ! -e "$here/accounts" ]; then echo 'Slurm accounting storage is disabled' >&2; exit 1; fi
cat "$here/accounts"
"#;

/// A folder on a login node.
struct Cluster(Workplace);

impl Cluster {
    fn new(seeds: usize) -> Self {
        let place = Workplace::new(seeds);
        fs::create_dir(place.path("bin")).unwrap();
        for (name, text) in [("sbatch", SBATCH), ("scontrol", SCONTROL), ("squeue", SQUEUE), ("sacct", SACCT)]
        {
            write_script(&place.path(&format!("bin/{name}")), text);
        }
        Self(place)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!("{}:{}", self.0.path("bin").display(), std::env::var("PATH").unwrap());
        let mut command = self.0.command(arguments);
        command.env("PATH", path).env("SBATCH_PARTITION", "theirs").env("SBATCH_ACCOUNT", "theirs");
        command
    }

    fn sweep(&self, arguments: &[&str]) -> Run {
        Run::of(&mut self.command(arguments))
    }

    fn submit(&self, more: &[&str]) -> Run {
        let mut arguments = vec!["run", "pilot.toml", "--out", "sweep", "--slurm"];
        arguments.extend(more);
        self.sweep(&arguments)
    }

    fn record(&self, submission: usize) -> serde_json::Value {
        let path = self.0.path(&format!("sweep/slurm/{submission}/submission.json"));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }

    /// Removes everything from a text that differs between machines.
    fn anonymous(&self, text: &str) -> String {
        let place = self.0.path("").canonicalize().unwrap();
        text.replace(&*place.join("").to_string_lossy(), "/place/")
    }
}

#[test]
fn models_are_submitted_in_arrays_as_large_as_the_cluster_allows() {
    let cluster = Cluster::new(5);
    let Run { stdout, stderr, .. } = cluster.submit(&["--partition", "gpu", "--most-at-once", "2"]);
    assert_eq!(stdout, "101\n102\n103\n", "{stderr}");
    assert!(stderr.contains("5 models submitted as 5 tasks") && stderr.contains("`scancel 101 102 103`"));
    let calls: Vec<String> = cluster.0.lines("sbatch").iter().map(|line| cluster.anonymous(line)).collect();
    // The partition is the given one, and the account is the user's default.
    assert_eq!(
        calls,
        [
            "--parsable /place/sweep/slurm/1/array-0.sh partition= account=theirs",
            "--parsable --dependency=afterany:101 /place/sweep/slurm/1/array-1.sh partition= account=theirs",
            "--parsable --dependency=afterany:102 /place/sweep/slurm/1/array-2.sh partition= account=theirs",
        ]
    );
    let record = cluster.record(1);
    assert_eq!(record["schema"], "pathscope/slurm-submission/1");
    assert_eq!(record["options"]["partition"], "gpu");
    let mut submitted = Vec::new();
    for (array, tasks) in [2, 2, 1].into_iter().enumerate() {
        let recorded = &record["arrays"][array];
        assert_eq!(recorded["job"], 101 + array);
        assert_eq!(recorded["tasks"].as_array().unwrap().len(), tasks);
        let script = fs::read_to_string(cluster.0.path(&format!("sweep/slurm/1/array-{array}.sh"))).unwrap();
        let comment = record["comment"].as_str().unwrap();
        assert!(script.contains(&format!("\n#SBATCH --comment={comment}/{array}\n")), "{script}");
        assert!(script.contains(&format!("\n#SBATCH --array=0-{}%2\n", tasks - 1)), "{script}");
        for task in 0..tasks {
            let chunk = cluster.0.lines(&format!("sweep/slurm/1/{array}-{task}.txt"));
            assert_eq!(recorded["tasks"][task], serde_json::json!(chunk));
            submitted.extend(chunk);
        }
    }
    let (planned, _) = cluster.0.success(&["plan", "pilot.toml", "--format", "csv"]);
    let planned: Vec<&str> = planned.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(submitted, planned);
}

#[test]
fn a_dry_run_leaves_no_trace() {
    let cluster = Cluster::new(3);
    let Run { stdout, stderr, .. } = cluster.submit(&["--chunk", "2", "--dry-run"]);
    assert!(
        stdout.starts_with("#!/bin/bash\n#SBATCH --job-name=pathscope-pilot\n#SBATCH --comment=pathscope-"),
        "{stdout}"
    );
    assert!(cluster.anonymous(&stderr).contains("/place/sweep/slurm/1/array-0.sh: 2 tasks"), "{stderr}");
    assert!(!cluster.0.path("sweep").exists() && cluster.0.lines("sbatch").is_empty());
}

#[test]
fn queued_and_running_models_are_not_submitted_again() {
    let cluster = Cluster::new(4);
    // The first call submits one array, and the next array is too much.
    let said = "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed";
    fs::write(cluster.0.path("refuse-2"), said).unwrap();
    let Run { code, stderr, .. } = cluster.submit(&[]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("array-1.sh: sbatch: error: QOSMaxSubmitJobPerUserLimit; sbatch: error"),
        "{stderr}"
    );
    assert!(stderr.contains("give a larger --chunk"), "{stderr}");
    assert!(stderr.contains("earlier jobs stay submitted: 101"), "{stderr}");
    let first = cluster.record(1);
    assert_eq!(
        (&first["arrays"][0]["job"], &first["arrays"][1]["job"]),
        (&101.into(), &serde_json::Value::Null)
    );

    fs::write(cluster.0.path("queue"), "101_0|RUNNING|None|n1\n101_1|CANCELLED|None|\n").unwrap();
    let Run { stdout, stderr, .. } = cluster.submit(&["--chunk", "3"]);
    assert_eq!(stdout, "103\n", "{stderr}");
    assert!(stderr.contains("1 model is already queued or running"), "{stderr}");
    assert!(stderr.contains("3 models submitted as 1 task;"), "{stderr}");
    let expected =
        [&first["arrays"][0]["tasks"][1], &first["arrays"][1]["tasks"][0], &first["arrays"][1]["tasks"][1]];
    assert_eq!(cluster.record(2)["arrays"][0]["tasks"][0], serde_json::json!(expected.map(|task| &task[0])));

    let queue = "101_0|RUNNING|None|n1\n101_1|CANCELLED|None|\n103_0|PENDING|Priority|\n";
    fs::write(cluster.0.path("queue"), queue).unwrap();
    let Run { stdout, stderr, .. } = cluster.submit(&[]);
    assert_eq!(stdout, "");
    assert!(stderr.contains("there are no models to submit"), "{stderr}");
    assert_eq!(cluster.0.lines("sbatch").len(), 3);
    assert!(cluster.0.lines("squeue").last().unwrap().ends_with("--jobs=101,103"));
}

/// `sbatch` reports that the controller did not answer in time, but the job was accepted.
#[test]
fn a_job_accepted_without_an_answer_is_found_and_not_submitted_twice() {
    const SAID: &str = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation";
    let cluster = Cluster::new(3);
    fs::write(cluster.0.path("took-1"), SAID).unwrap();
    // The job is found immediately, and the rest is submitted.
    let Run { code, stdout, stderr } = cluster.submit(&[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout, "101\n102\n");
    assert!(stderr.contains("job 101 was accepted although sbatch reported an error"), "{stderr}");
    let record = cluster.record(1);
    assert_eq!(record["arrays"][0]["job"], 101);
    let taken = cluster.0.lines("taken");
    assert_eq!(taken[0], format!("101|{}/0", record["comment"].as_str().unwrap()));

    // The controller is down, so it cannot be asked for the job either.
    let cluster = Cluster::new(3);
    for file in ["took-1", "away"] {
        fs::write(cluster.0.path(file), SAID).unwrap();
    }
    let Run { code, stderr, .. } = cluster.submit(&[]);
    assert_eq!(code, Some(1));
    assert!(
        stderr.contains("sbatch got no answer about") && stderr.contains("may still have been accepted"),
        "{stderr}"
    );
    assert!(!stderr.contains("--time"), "{stderr}");
    fs::remove_file(cluster.0.path("away")).unwrap();
    fs::write(cluster.0.path("queue"), "101_0|RUNNING|None|n1\n101_1|PENDING|Priority|\n").unwrap();
    let stdout = cluster.sweep(&["status", "sweep"]).stdout;
    assert!(
        stdout.contains("1 model: running on n1\n") && stdout.contains("1 model: queued (Priority)"),
        "{stdout}"
    );
    assert_eq!(cluster.record(1)["arrays"][0]["job"], serde_json::Value::Null, "status only reads");
    let Run { stdout, stderr, .. } = cluster.submit(&[]);
    assert_eq!(stdout, "102\n", "{stderr}");
    assert!(
        stderr.contains("job 101 was accepted") && stderr.contains("1 model submitted as 1 task;"),
        "{stderr}"
    );
    assert_eq!(cluster.record(1)["arrays"][0]["job"], 101);
}

/// A job that the controller may still accept within a minute is not submitted again before.
#[test]
fn an_unanswered_job_that_is_not_found_is_submitted_again_later() {
    let cluster = Cluster::new(2);
    fs::write(cluster.0.path("refuse-1"), "sbatch: error: Unable to contact slurm controller").unwrap();
    assert_eq!(cluster.submit(&[]).code, Some(1));
    let Run { stderr, .. } = cluster.submit(&[]);
    assert!(stderr.contains("may still be accepted: run the same command again in"), "{stderr}");
    let path = cluster.0.path("sweep/slurm/1/submission.json");
    let record = fs::read_to_string(&path).unwrap();
    let asked = cluster.record(1)["arrays"][0]["asked"].as_u64().unwrap();
    // A record without a checksum can be edited.
    let record = format!("{}\n}}\n", record.split_once(",\n  \"checksum\"").unwrap().0);
    fs::write(&path, record.replace(&asked.to_string(), &(asked - 60).to_string())).unwrap();
    let Run { stdout, stderr, .. } = cluster.submit(&[]);
    assert_eq!(stdout, "102\n", "{stderr}");
    assert_eq!(cluster.0.lines("sbatch").len(), 2);
}

#[test]
fn blocked_tasks_are_named_with_the_command_to_run() {
    let cluster = Cluster::new(4);
    cluster.submit(&[]).succeeded();
    let queue = "101_0|PENDING|JobHeldUser|\n101_1|PENDING|JobHeldUser|\n\
        102_0|PENDING|launch failed requeued held|\n102_1|PENDING|DependencyNeverSatisfied|\n";
    fs::write(cluster.0.path("queue"), queue).unwrap();
    let lines = [
        "2 models: held (JobHeldUser): `scontrol release 101_0,101_1` releases it",
        "1 model: held (launch failed requeued held): `scontrol release 102_0` releases it",
        "1 model: will never run (DependencyNeverSatisfied): `scancel 102_1` and submit again",
    ];
    let stdout = cluster.sweep(&["status", "sweep"]).stdout;
    let Run { stdout: again, stderr, .. } = cluster.submit(&[]);
    for line in lines {
        assert!(stdout.contains(line), "{stdout}");
        assert!(stderr.contains(line), "{stderr}");
    }
    assert!(again.is_empty() && stderr.contains("4 models are already queued or running"), "{stderr}");
}

/// A task that has ended or is unknown according to Slurm may still work on its model.
#[test]
fn a_model_that_a_process_works_on_is_not_submitted() {
    let cluster = Cluster::new(2);
    cluster.submit(&["--chunk", "2"]).succeeded();
    fs::write(cluster.0.path("accounts"), "101_0|PREEMPTED|0:0|n1\n").unwrap();
    fs::write(cluster.0.path("queue"), "").unwrap();
    let first = cluster.0.lines("sweep/slurm/1/0-0.txt").remove(0);
    let folder = cluster.0.path("sweep/models").join(&first);
    fs::create_dir_all(&folder).unwrap();
    let claim = fs::File::create(folder.join(".claim")).unwrap();
    claim.lock().unwrap();
    let Run { stderr, .. } = cluster.submit(&["--chunk", "2"]);
    assert!(stderr.contains("1 model is already being worked on by another process"), "{stderr}");
    assert!(stderr.contains("1 model submitted as 1 task;"), "{stderr}");
    assert!(!cluster.0.lines("sweep/slurm/2/0-0.txt").contains(&first));
}

/// An interactive job has environment variables that `sbatch` takes for options.
#[test]
fn the_surrounding_job_does_not_leak_in() {
    let cluster = Cluster::new(1);
    let mut command = cluster.command(&["run", "pilot.toml", "--out", "sweep", "--slurm"]);
    for (name, value) in [
        ("SLURM_MEM_PER_CPU", "100"),
        ("SLURM_JOB_ID", "7"),
        ("SLURM_ARRAY_TASK_ID", "3"),
        ("SLURM_CONF", "/etc/s"),
    ] {
        command.env(name, value);
    }
    assert!(command.output().unwrap().status.success());
    assert_eq!(cluster.0.lines("leaked"), ["SLURM_CONF=/etc/s"]);
}

#[test]
fn status_says_how_unfinished_models_go() {
    let cluster = Cluster::new(6);
    cluster.submit(&[]).succeeded();
    let queue = "101_0|PENDING|Priority|\n101_1|RUNNING|None|n7\n";
    fs::write(cluster.0.path("queue"), queue).unwrap();
    let accounts = "102_0|OUT_OF_MEMORY|0:125|n7\n102_1|CANCELLED by 1000|0:0|n7\n103_0|FAILED|1:0|n8\n";
    fs::write(cluster.0.path("accounts"), accounts).unwrap();
    let Run { stdout, stderr, .. } = cluster.sweep(&["status", "sweep"]);
    assert_eq!(stderr, "");
    insta::assert_snapshot!(stdout);
    let stdout = cluster.sweep(&["status", "sweep", "--format", "json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        json["models"][1]["slurm"],
        serde_json::json!({"task": "101_1", "state": "running on n7", "log": "sweep/slurm/101_1.log"})
    );
    let stdout = cluster.sweep(&["status", "sweep", "--format", "csv"]).stdout;
    assert!(stdout.contains(",missing,false,,,killed: OUT_OF_MEMORY: raise --mem\n"), "{stdout}");

    // A cluster without job accounting, and one that cannot be asked from here.
    fs::remove_file(cluster.0.path("accounts")).unwrap();
    let Run { stdout, stderr, .. } = cluster.sweep(&["status", "sweep"]);
    assert!(stdout.contains("  4 models: no longer known to Slurm: submit again"), "{stdout}");
    assert!(
        stderr.contains("this cluster keeps no job accounting (sacct: Slurm accounting storage is disabled)"),
        "{stderr}"
    );
    let Run { code, stdout, stderr } =
        Run::of(cluster.0.command(&["status", "sweep"]).env("PATH", "/nowhere"));
    assert!(code == Some(0) && stdout.contains("not begun"), "{stdout}");
    assert!(
        stderr.contains("warning: the states of models on the cluster are unknown: squeue: no such command"),
        "{stderr}"
    );
}

#[test]
fn invalid_submissions_are_refused_before_any_array() {
    let cluster = Cluster::new(11);
    for (arguments, code, expected) in [
        (
            &["--chunk", "2", "--partition", "a\nb"][..],
            1,
            "--partition is \"a\\nb\": it contains a line break",
        ),
        (&["--gpus", "1"], 2, "--gpus needs --device cuda"),
        (&["--sbatch-option=--gres=gpu:1"], 2, "--gres=gpu:1 needs --device cuda"),
        (
            &["--chunk", "2", "--sbatch-option=--output=x.log"],
            1,
            "logs are in slurm/ in the folder of the sweep",
        ),
        (
            &[],
            1,
            "11 tasks are more than the 10 jobs that this cluster holds (its MaxJobCount): give --chunk 2",
        ),
    ] {
        cluster.submit(arguments).refused(code, &[expected]);
    }
    let output = cluster.sweep(&["run", "pilot.toml", "--out", "sweep", "--partition", "gpu"]);
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    let mut command = cluster.0.command(&["run", "pilot.toml", "--out", "sweep", "--slurm"]);
    let Run { stderr, .. } = Run::of(command.env("PATH", "/nowhere"));
    assert!(
        stderr.contains("scontrol: no such command: run this where Slurm's commands are on PATH"),
        "{stderr}"
    );
    assert!(cluster.0.lines("sbatch").is_empty());
}

#[test]
fn a_task_trains_its_chunk() {
    let cluster = Cluster::new(3);
    cluster.submit(&["--chunk", "2"]).succeeded();
    Run::of(&mut task(&cluster, 0)).succeeded();
    let finished: Vec<String> = cluster.0.finished().into_keys().collect();
    let mut chunk = cluster.0.lines("sweep/slurm/1/0-0.txt");
    chunk.sort();
    assert_eq!(finished, chunk);
    assert_eq!(cluster.0.lines("scontrol"), ["show config"]);
}

#[test]
fn a_task_at_its_time_limit_saves_its_state_and_requeues_itself() {
    let cluster = Cluster::new(2);
    cluster.submit(&["--chunk", "2"]).succeeded();
    fs::write(cluster.0.path("slow"), "").unwrap();
    for restarts in [0, 10] {
        fs::write(cluster.0.path("steps"), "").unwrap();
        let mut child = task(&cluster, 0)
            .env("SLURM_RESTART_COUNT", restarts.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while cluster.0.lines("steps").is_empty() {
            assert!(child.try_wait().unwrap().is_none(), "it ended before its first step");
            thread::sleep(Duration::from_millis(5));
        }
        let signal = Command::new("kill").args(["-USR1", &child.id().to_string()]).status().unwrap();
        assert!(signal.success());
        let Run { code, stderr, .. } = Run::from(child.wait_with_output().unwrap());
        assert_eq!(code, Some(1), "{stderr}");
        let said = if restarts == 0 { "goes back into the queue" } else { "with a longer --time" };
        assert!(
            stderr.contains("stopped: run the same command again to resume") && stderr.contains(said),
            "{stderr}"
        );
    }
    // The second time, it has used up its requeues.
    assert_eq!(cluster.0.lines("scontrol"), ["show config", "requeue 55"]);
    fs::remove_file(cluster.0.path("slow")).unwrap();
    Run::of(&mut task(&cluster, 0)).succeeded();
    assert_eq!(cluster.0.finished().len(), 2);
    let mut steps = cluster.0.lines("trained");
    steps.sort();
    steps.dedup();
    assert_eq!(steps.len(), 2, "each was trained once");
}

/// Runs a batch script as Slurm does.
fn task(cluster: &Cluster, index: usize) -> Command {
    let path = format!("{}:{}", cluster.0.path("bin").display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command
        .arg(cluster.0.path("sweep/slurm/1/array-0.sh"))
        .env("PATH", path)
        .env("SLURM_ARRAY_TASK_ID", index.to_string())
        .env("SLURM_JOB_ID", "55")
        .current_dir(Path::new("/"));
    command
}
