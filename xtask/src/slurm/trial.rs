//! A small sweep on a cluster, with killed, cancelled and requeued tasks.

use super::cluster::{Cluster, MAX_ARRAY_SIZE, output, wait};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The number of models, which need two arrays.
const MODELS: usize = 5;
const _: () = assert!(MODELS > MAX_ARRAY_SIZE && MODELS <= 2 * MAX_ARRAY_SIZE);

/// A study whose trainings take some seconds, so that they can be interrupted.
const STUDY: &str = r#"schema = "pathscope/study/1"
name = "trial"

[dataset]
name = "synth-0"

[settings]
channels = 2
first-kernel = 5
batch = 32
max-steps = 2000
validate-every = 20
patience = 1000
phases = 1

[axes]
seed = [0, 1, 2, 3, 4]

[recurrent]
recurrent-blocks = [1]
iterations = [2]
readout = ["late-avg"]
"#;

/// The number of validations before a training is interrupted. A training that started again would have
/// fewer.
const VALIDATIONS: usize = 10;

/// The name of the sweep, with all characters that could be misread.
const SWEEP: &str = "a \"sweep\" of 50% # it's $(touch oops)";

/// A folder with a study and a data set, on a cluster.
pub(super) struct Trial<'a> {
    cluster: &'a Cluster,
    folder: TempDir,
    pathscope: PathBuf,
}

/// The status of a model in the output of `pathscope sweep status`.
#[derive(Clone, Debug, Deserialize)]
struct Model {
    id: String,
    status: String,
    slurm: Option<Task>,
}

#[derive(Clone, Debug, Deserialize)]
struct Task {
    task: String,
    state: String,
    log: PathBuf,
}

/// An interrupted training.
struct Interrupted {
    model: String,
    task: String,
    /// The number of validations in its log.
    validations: usize,
}

impl<'a> Trial<'a> {
    /// Makes the folder and simulates the data set.
    pub(super) fn new(cluster: &'a Cluster) -> Result<Self> {
        let built = env::current_exe()?;
        let pathscope = built.with_file_name("pathscope");
        let trial = Self { cluster, folder: tempfile::tempdir()?, pathscope };
        fs::write(trial.path("study.toml"), STUDY)?;
        let size = ["--images", "300", "--size", "16", "--neurons", "3", "--trials", "4", "--channels", "2"];
        output(trial.command().args(["--quiet", "dataset", "synth", "--out", "data"]).args(size))?;
        Ok(trial)
    }

    /// Runs the whole trial.
    pub(super) fn run(&self) -> Result<()> {
        self.refused()?;
        let jobs = self.submit(&[])?;
        ensure!(jobs.len() == 2, "{MODELS} tasks are jobs {jobs:?}, expected two arrays");
        ensure!(self.submit(&[])?.is_empty(), "queued models were submitted again");
        report("models are submitted once, as two arrays");

        let killed = self.kill(&[])?;
        report("a task with killed processes failed and was requeued");
        let cancelled = self.cancel(&[&killed.task])?;
        let jobs = self.submit(&[])?;
        ensure!(jobs.len() == 1, "one model was left to submit, and became jobs {jobs:?}");
        let submitted = self.submitted(2)?;
        ensure!(
            submitted == [cancelled.model.as_str()],
            "{submitted:?} were submitted, not {}",
            cancelled.model
        );
        report("only the cancelled task was submitted again");
        let out_of_time = self.run_out_of_time(&[&killed.task])?;
        report("a task at its time limit saved its state and requeued itself");

        self.finish(&[killed, cancelled, out_of_time])?;
        report("all models are finished, and interrupted ones resumed from their state");
        self.compare_with_local()?;
        report("the models are byte for byte those of a sweep on one machine");
        ensure!(!self.path("oops").exists(), "a name was run as a command");
        Ok(())
    }

    /// Checks that an unknown partition is refused.
    fn refused(&self) -> Result<()> {
        let output = self.sweep(&[
            "run",
            "study.toml",
            "--data",
            "data",
            "--out",
            "refused",
            "--slurm",
            "--partition",
            "nope",
        ])?;
        let stderr = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(1), "it ended with {}: {stderr}", output.status);
        ensure!(
            stderr.contains("invalid partition specified: nope") && stderr.contains("`sinfo` lists"),
            "{stderr}"
        );
        report("an unknown partition is refused with a remedy");
        Ok(())
    }

    /// Kills all processes of a task, before any of them can react.
    fn kill(&self, besides: &[&str]) -> Result<Interrupted> {
        let met = self.meet(besides)?;
        let processes = self.cluster.processes(&met.task)?;
        ensure!(processes.len() >= 3, "expected the script, pathscope and its companion: {processes:?}");
        for signal in ["-STOP", "-KILL"] {
            output(Command::new("kill").arg(signal).args(&processes))?;
        }
        self.wait_for(&met.task, |state| state.starts_with("failed"))?;
        self.cluster.slurm("scontrol", &["requeue", &met.task])?;
        Ok(met)
    }

    fn cancel(&self, besides: &[&str]) -> Result<Interrupted> {
        let met = self.meet(besides)?;
        self.cluster.slurm("scancel", &[&met.task])?;
        self.wait_for(&met.task, |state| state == "cancelled: submit again")?;
        Ok(met)
    }

    /// Sends the signal that Slurm sends shortly before the time limit.
    fn run_out_of_time(&self, besides: &[&str]) -> Result<Interrupted> {
        let met = self.meet(besides)?;
        self.cluster.slurm("scancel", &["--batch", "--signal=USR1", &met.task])?;
        self.wait_for(&met.task, |state| state.starts_with("queued"))?;
        let model = self.model(&met.model)?;
        let log = model.slurm.context("the model has no task any more")?.log;
        let text = fs::read_to_string(self.folder.path().join(log))?;
        ensure!(text.contains("stopped: run the same command again to resume"), "{text}");
        ensure!(text.contains("goes back into the queue"), "{text}");
        Ok(met)
    }

    /// Waits until all models are finished, and checks that no log of an interrupted training becomes
    /// shorter.
    fn finish(&self, interrupted: &[Interrupted]) -> Result<()> {
        wait("all models", || {
            for Interrupted { model, validations, .. } in interrupted {
                let now = self.validations(model);
                // A killed process may have logged its last validation without writing the state.
                ensure!(now + 1 >= *validations, "{model} had {validations} validations, and then {now}");
            }
            let finished = self.status()?.iter().filter(|model| model.status == "finished").count();
            Ok((finished == MODELS).then_some(()))
        })
    }

    fn compare_with_local(&self) -> Result<()> {
        let arguments =
            ["run", "study.toml", "--data", "data", "--out", "local", "--jobs", "2", "--threads", "1"];
        let output = self.sweep(&arguments)?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let files = |sweep: &str| -> Result<BTreeMap<PathBuf, Vec<u8>>> {
            let models = self.path(sweep).join("models");
            let mut files = BTreeMap::new();
            for entry in fs::read_dir(&models)? {
                let folder = entry?.path();
                for name in ["model.safetensors", "neurons.csv", "log.jsonl"] {
                    let file = folder.join(name);
                    files.insert(file.strip_prefix(&models)?.to_owned(), fs::read(&file)?);
                }
            }
            Ok(files)
        };
        let (cluster, local) = (files(SWEEP)?, files("local")?);
        ensure!(cluster.len() == 3 * MODELS && cluster.keys().eq(local.keys()), "the models differ");
        for (file, bytes) in cluster {
            ensure!(local[&file] == bytes, "{} differs", file.display());
        }
        Ok(())
    }

    /// Waits for a running training with enough validations.
    ///
    /// # Arguments
    ///
    /// * `besides` - tasks to ignore
    fn meet(&self, besides: &[&str]) -> Result<Interrupted> {
        wait("a training under way", || {
            for Model { id, slurm, .. } in self.status()? {
                let Some(task) = slurm else { continue };
                let validations = self.validations(&id);
                let is_running = task.state == "running on localhost";
                if is_running && validations >= VALIDATIONS && !besides.contains(&task.task.as_str()) {
                    return Ok(Some(Interrupted { model: id, task: task.task, validations }));
                }
            }
            Ok(None)
        })
    }

    fn wait_for(&self, task: &str, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
        let mut last = String::new();
        wait("the state of a task", || {
            for Model { slurm, .. } in self.status()? {
                if let Some(found) = slurm.filter(|found| found.task == task) {
                    last = found.state;
                    return Ok(is_wanted(&last).then_some(()));
                }
            }
            bail!("{task} does not belong to an unfinished model any more; its last state was: {last}")
        })
    }

    /// Submits the unfinished models and returns the jobs.
    fn submit(&self, more: &[&str]) -> Result<Vec<String>> {
        let mut arguments = vec!["run", "study.toml", "--data", "data", "--out", SWEEP];
        arguments.extend(["--slurm", "--time", "01:00:00", "--cpus-per-task", "1"]);
        arguments.extend(more);
        let output = self.sweep(&arguments)?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
    }

    /// Returns the models of a submission with one array.
    fn submitted(&self, submission: usize) -> Result<Vec<String>> {
        let folder = self.path(SWEEP).join("slurm").join(submission.to_string());
        let record: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("submission.json"))?)?;
        let tasks: Vec<Vec<String>> = serde_json::from_value(record["arrays"][0]["tasks"].clone())?;
        Ok(tasks.concat())
    }

    fn status(&self) -> Result<Vec<Model>> {
        #[derive(Deserialize)]
        struct Status {
            models: Vec<Model>,
        }
        let output = self.sweep(&["status", SWEEP, "--format", "json"])?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(serde_json::from_slice::<Status>(&output.stdout)?.models)
    }

    fn model(&self, id: &str) -> Result<Model> {
        self.status()?.into_iter().find(|model| model.id == id).with_context(|| format!("{id} is gone"))
    }

    /// Returns the number of validations in the log of a model.
    fn validations(&self, model: &str) -> usize {
        let log = self.path(SWEEP).join("models").join(model).join("log.jsonl");
        fs::read_to_string(log).unwrap_or_default().lines().count()
    }

    fn sweep(&self, arguments: &[&str]) -> Result<Output> {
        Ok(self.command().arg("sweep").args(arguments).output()?)
    }

    fn command(&self) -> Command {
        let mut command = self.cluster.command(&self.pathscope);
        command.current_dir(&self.folder);
        command
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn report(what: &str) {
    eprintln!("  {what}");
}
