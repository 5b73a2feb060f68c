use super::accounting::{Accounting, Indices, parse_sacct, parse_squeue, parse_tasks, past};
use super::states::combine;
use super::*;
use crate::study::ModelId;
use crate::study::run::Settings;
use std::num::NonZero;
use std::path::Path;

/// `scontrol show config` of Slurm 22.05, in parts.
const CONFIG: &str = "Configuration data as of 2026-11-24T15:33:20
AccountingStorageType   = accounting_storage/none
AuthInfo                = cred_expire=5
MaxArraySize            = 1001
MaxDBDMsgs              = 20008
MaxJobCount             = 10000
MaxJobId                = 67043328
SchedulerParameters     = (null)
SchedulerTimeSlice      = 30 sec

Slurmctld(primary) at localhost is UP
";

/// `squeue --noheader --array --states=all --format=%i|%T|%r|%N` of the same, of two arrays of which tasks were
/// cancelled, killed and requeued.
const SQUEUE: &str = "27_0|COMPLETED|None|localhost
27_1|CANCELLED|None|localhost
27_3|FAILED|JobLaunchFailure|localhost
27_4|FAILED|NonZeroExitCode|localhost
28_0|PENDING|Resources|
27_2|PENDING|BeginTime|
28_1|COMPLETING|None|localhost
28_2|RUNNING|None|localhost
";

/// `sacct --noheader --parsable2 --allocations --format=JobID,State,ExitCode,NodeList` with every state that
/// its manual lists: written after the manual, as a cluster that keeps accounts needs a database.
const SACCT: &str = "30_0|COMPLETED|0:0|node1
30_1|FAILED|1:0|node2
30_2|TIMEOUT|0:15|node2
30_3|NODE_FAIL|0:0|node3
30_4|OUT_OF_MEMORY|0:125|node3
30_5|CANCELLED by 1000|0:15|node[1-2]
30_6|PREEMPTED|0:0|node1
30_7|BOOT_FAIL|0:0|node1
30_8|DEADLINE|0:0|
30_9|RUNNING|0:0|node1
30_10|REQUEUED|0:0|node1
30_[11,13-15%2]|PENDING|0:0|None assigned
30_[12]|CANCELLED by 0|0:0|None assigned
";

fn ids(numbers: std::ops::Range<u64>) -> Vec<ModelId> {
    numbers.map(|seed| ModelId::of("demo", &Settings { seed, ..Settings::default() })).collect()
}

fn script(folder: &str, options: &SlurmOptions) -> Result<String, SlurmError> {
    let arguments = ["--jobs", "1", "--memory-limit", "4 GiB"].map(str::to_owned);
    let script = BatchScript {
        name: "pathscope-demo",
        folder: Path::new(folder),
        submission: 2,
        array: 1,
        comment: "pathscope-0123456789abcdef/2/1",
        tasks: 40,
        program: Path::new("/opt/it's here/pathscope"),
        arguments: &arguments,
        options,
    };
    script.text()
}

fn all_options() -> SlurmOptions {
    SlurmOptions {
        partition: Some("gpu,long".to_owned()),
        time: Some("2-00:00:00".to_owned()),
        gpus: Some("a100:1".to_owned()),
        cpus_per_task: NonZero::new(4),
        mem: Some("8G".to_owned()),
        account: Some("the lab".to_owned()),
        qos: Some("normal".to_owned()),
        chunk: NonZero::new(20).unwrap(),
        most_at_once: NonZero::new(16),
        sbatch_option: vec!["--constraint=\"a|b\"".to_owned(), " -x node7 ".to_owned()],
    }
}

#[test]
fn scripts_have_all_given_options() {
    insta::assert_snapshot!(script("/data/my sweeps/50%", &all_options()).unwrap());
}

#[test]
fn what_sbatch_could_misread_is_refused() {
    let with = |change: fn(&mut SlurmOptions)| {
        let mut options = all_options();
        change(&mut options);
        script("/data", &options).unwrap_err().to_string()
    };
    let line_break = with(|options| options.account = Some("a\n#SBATCH --uid=0".to_owned()));
    assert!(
        line_break.starts_with("--account is \"a\\n#SBATCH --uid=0\": it contains a line break"),
        "{line_break}"
    );
    let break_in_option = with(|options| options.sbatch_option = vec!["--hold\nrm".to_owned()]);
    assert!(break_in_option.contains("it contains a line break"), "{break_in_option}");
    let no_option = with(|options| options.sbatch_option = vec!["constraint=a100".to_owned()]);
    assert!(no_option.contains("expected an option of sbatch"), "{no_option}");
    for option in ["--array=0-7", "-a 0-7"] {
        let mut options = all_options();
        options.sbatch_option = vec![option.to_owned()];
        let array = script("/data", &options).unwrap_err().to_string();
        assert!(array.contains("give --chunk and --most-at-once"), "{array}");
    }
    let backslash = script("/data\\1", &SlurmOptions::default()).unwrap_err().to_string();
    assert!(backslash.contains("give another folder with --out"), "{backslash}");
}

/// The shell runs the program with the intended arguments, whatever characters they contain.
#[test]
#[cfg(unix)]
fn scripts_run_the_program_in_any_folder() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a \"b\" it's $(touch oops) `c` # 100%");
    std::fs::create_dir(&folder).unwrap();
    let program = folder.join("path scope");
    std::fs::write(&program, "#!/bin/sh\nprintf '%s\\n' \"$@\"\nexit 3\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let arguments = ["--device", "it's \"$HOME\""].map(str::to_owned);
    let script = BatchScript {
        name: "demo",
        folder: &folder,
        submission: 1,
        array: 0,
        comment: "c",
        tasks: 8,
        program: &program,
        arguments: &arguments,
        options: &SlurmOptions::default(),
    };
    let output = std::process::Command::new("bash")
        .args(["-c", &script.text().unwrap()])
        .env("SLURM_ARRAY_TASK_ID", "7")
        .current_dir(parent.path())
        .output()
        .unwrap();
    let folder = folder.display();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("sweep\nwork\n{folder}\n--chunk\n{folder}/slurm/1/0-7.txt\n--device\nit's \"$HOME\"\n")
    );
    assert_eq!(output.status.code(), Some(3));
    assert!(!parent.path().join("oops").exists());
}

#[test]
fn limits_are_the_clusters() {
    assert_eq!(Limits::parse(CONFIG).unwrap(), Limits { array: 1001, jobs: 10_000 });
    let fewer = CONFIG.replace("(null)", "bf_window=1440,max_array_tasks=200,default_queue_depth=8");
    assert_eq!(Limits::parse(&fewer).unwrap().array, 200);
    let error = Limits::parse("MaxArraySize = many\n").unwrap_err().to_string();
    assert!(error.contains("expected a line 'MaxArraySize = number'"), "{error}");
}

#[test]
fn models_are_divided_into_tasks_and_tasks_into_arrays() {
    let limits = Limits { array: 3, jobs: 10 };
    assert_eq!(limits.arrays(9, 2).unwrap(), [vec![0..2, 2..4, 4..6], vec![6..8, 8..9]]);
    assert!(limits.arrays(0, 2).unwrap().is_empty());
    assert_eq!(limits.arrays(4, usize::MAX).unwrap()[0], std::slice::from_ref(&(0..4)));
    let error = limits.arrays(95, 2).unwrap_err().to_string();
    assert_eq!(
        error,
        "48 tasks are more than the 10 jobs that this cluster holds (its MaxJobCount): give --chunk 10 or more"
    );
    assert!(limits.arrays(95, 10).is_ok());
    assert!(matches!(Limits { array: 0, ..limits }.arrays(9, 2), Err(SlurmError::NoArrays)));
}

#[test]
fn tasks_are_read_alone_and_as_ranges() {
    let indices = |first, last, step| Indices { first, last, step };
    for (text, expected) in [
        ("12_3", Some((12, vec![indices(3, 3, 1)]))),
        ("12_[3-9%2]", Some((12, vec![indices(3, 9, 1)]))),
        ("12_[1,3-5,7-15:2%4]", Some((12, vec![indices(1, 1, 1), indices(3, 5, 1), indices(7, 15, 2)]))),
        ("12_[1,3,...]", Some((12, vec![indices(1, 1, 1), indices(3, 3, 1)]))),
        ("12", None),
        ("12_", None),
        ("12+0", None),
        ("CLUSTER: west", None),
    ] {
        assert_eq!(parse_tasks(text), expected, "{text}");
    }
}

/// Returns the known state of each task, in words.
fn words(accounting: &Accounting, job: u64, tasks: usize) -> Vec<String> {
    let state = |index| accounting.tasks.get(&TaskId { job, index });
    (0..tasks).map(|index| state(index).map_or("nothing".to_owned(), ToString::to_string)).collect()
}

#[test]
fn squeue_is_understood() {
    let mut accounting = Accounting::default();
    accounting.note(&[(27, 5), (28, 4)].into(), &parse_squeue(SQUEUE));
    insta::assert_snapshot!(
        [words(&accounting, 27, 5), words(&accounting, 28, 4)].concat().join("\n"),
        @"
    ended: submit again
    cancelled: submit again
    queued (BeginTime)
    failed (JobLaunchFailure): its log says why
    failed (NonZeroExitCode): its log says why
    queued (Resources)
    running on localhost
    running on localhost
    nothing
    "
    );
}

#[test]
fn sacct_is_understood() {
    let mut accounting = Accounting::default();
    accounting.note(&[(30, 20)].into(), &parse_sacct(SACCT));
    insta::assert_snapshot!(words(&accounting, 30, 17).join("\n"), @"
    ended: submit again
    failed (exit code 1): its log says why
    killed: TIMEOUT: submit again, with a longer --time or a smaller --chunk
    killed: NODE_FAIL: submit again
    killed: OUT_OF_MEMORY: raise --mem
    cancelled by 1000: submit again
    killed: PREEMPTED: submit again
    killed: BOOT_FAIL: submit again
    killed: DEADLINE: submit again, with a later deadline
    running on node1
    queued
    queued
    cancelled by 0: submit again
    queued
    queued
    queued
    nothing
    ");
}

#[test]
fn what_is_no_line_of_a_task_is_passed_over() {
    let text = "CLUSTER: west\n\n27|RUNNING|None|n\n27_9|RUNNING\n27_x|RUNNING|None|n\n27_[0-999999999999]|PENDING||\n";
    let mut accounting = Accounting::default();
    accounting.note(&[(27, 2)].into(), &parse_squeue(text));
    assert_eq!(words(&accounting, 27, 3), ["queued", "queued", "nothing"]);
}

/// A requeued task has several lines. Waiting tasks are in the queue, which was asked before.
#[test]
fn the_last_line_of_accounts_counts() {
    let mut accounting = Accounting::default();
    let accounts = "30_0|REQUEUED|0:0|n1\n30_0|COMPLETED|0:0|n2\n30_1|PREEMPTED|0:0|n1\n30_1|RUNNING|0:0|n2\n\
        30_2|PREEMPTED|0:0|n1\n30_2|REQUEUED|0:0|n1\n30_3|PENDING|0:0|None assigned\n";
    accounting.note(&[(30, 4)].into(), &past(parse_sacct(accounts)));
    let states = words(&accounting, 30, 4);
    assert_eq!(states[..2], ["ended: submit again", "running on n2"]);
    assert!(states[2..].iter().all(|state| state.starts_with("no longer known to Slurm")), "{states:?}");
}

#[test]
fn tasks_that_will_not_run_by_themselves_are_told_apart() {
    let queue = "27_0|PENDING|JobHeldUser|\n27_1|PENDING|JobHeldAdmin|\n27_2|REQUEUE_HOLD|job requeued in held state|\n\
        27_3|PENDING|launch failed requeued held|\n27_4|PENDING|DependencyNeverSatisfied|\n\
        27_5|PENDING|BadConstraints|\n27_6|PENDING|Dependency|\n27_7|PENDING|BeginTime|\n";
    let mut accounting = Accounting::default();
    accounting.note(&[(27, 8)].into(), &parse_squeue(queue));
    let ids = ids(0..8);
    let tasks: Vec<Vec<&ModelId>> = ids.iter().map(|id| vec![id]).collect();
    let tasks: Vec<&[&ModelId]> = tasks.iter().map(Vec::as_slice).collect();
    let states = combine(Path::new("sweep"), &[submission(Some(27), &tasks)], accounting);
    assert!(states.models.values().all(|task| task.state.is_alive()));
    insta::assert_snapshot!(blocked(states.models.values()).join("\n"), @"
    1 model: held (JobHeldAdmin): ask an administrator for `scontrol release 27_1`
    1 model: held (JobHeldUser): `scontrol release 27_0` releases it
    1 model: held (job requeued in held state): `scontrol release 27_2` releases it
    1 model: held (launch failed requeued held): `scontrol release 27_3` releases it
    1 model: will never run (BadConstraints): `scancel 27_5` and submit again
    1 model: will never run (DependencyNeverSatisfied): `scancel 27_4` and submit again
    ");
    let held = &states.models[&ids[0]];
    assert_eq!(held.to_string(), "held (JobHeldUser): `scontrol release 27_0` releases it");
}

/// The answer of squeue takes precedence, and sacct adds what squeue does not know.
#[test]
fn the_first_source_counts() {
    let mut accounting = Accounting::default();
    let sizes = [(30, 3)].into();
    accounting.note(&sizes, &parse_squeue("30_1|PENDING|Priority|\n"));
    accounting.note(&sizes, &parse_sacct(SACCT));
    let [ended, queued, killed]: [String; 3] = words(&accounting, 30, 3).try_into().unwrap();
    assert!(ended.starts_with("ended") && killed.starts_with("killed: TIMEOUT"), "{ended} {killed}");
    assert_eq!(queued, "queued (Priority)");
}

fn submission(job: Option<u64>, tasks: &[&[&ModelId]]) -> Submission {
    let tasks = tasks.iter().map(|models| models.iter().copied().cloned().collect()).collect();
    let mut submission = Submission::new(SlurmOptions::default(), Vec::new(), "c".to_owned(), vec![tasks]);
    submission.arrays[0].job = job;
    submission
}

#[test]
fn models_have_the_task_that_is_alive_or_the_last_one() {
    let [a, b, c, d]: [ModelId; 4] = ids(0..4).try_into().unwrap();
    let submissions = [
        submission(Some(1), &[&[&a, &b], &[&c]]),
        submission(Some(2), &[&[&b], &[&c]]),
        submission(None, &[&[&d]]),
    ];
    let mut accounting = Accounting::default();
    accounting.note(
        &[(1, 2), (2, 2)].into(),
        &parse_squeue("1_0|RUNNING|None|n1\n1_1|TIMEOUT|None|n1\n2_0|CANCELLED|None|\n"),
    );
    let states = combine(Path::new("sweep"), &submissions, accounting);
    let state = |model: &ModelId| {
        let task = states.models.get(model)?;
        Some(format!("{} {}", task.task, task.state))
    };
    assert_eq!(state(&a).unwrap(), "1_0 running on n1");
    // The second task was cancelled, and the first one still exists.
    assert_eq!(state(&b).unwrap(), "1_0 running on n1");
    assert_eq!(state(&c).unwrap(), "2_1 no longer known to Slurm: submit again");
    assert_eq!(state(&d), None);
    assert_eq!(states.models[&a].log, Path::new("sweep/slurm/1_0.log"));
}

#[test]
fn records_are_what_was_written() {
    let sweep = tempfile::tempdir().unwrap();
    let [first, second]: [ModelId; 2] = ids(0..2).try_into().unwrap();
    let written = Submission { options: all_options(), ..submission(Some(12), &[&[&first, &second]]) };
    for number in ["2", "10", "1"] {
        std::fs::create_dir_all(sweep.path().join("slurm").join(number)).unwrap();
    }
    submission(Some(11), &[]).write(&sweep.path().join("slurm/2")).unwrap();
    written.write(&sweep.path().join("slurm/10")).unwrap();
    // The first one was never submitted.
    let read = Submission::read_all(sweep.path()).unwrap();
    assert_eq!(read, [submission(Some(11), &[]), written]);
    let path = sweep.path().join("slurm/2/submission.json");
    for (text, expected) in [
        ("{}".to_owned(), "missing field"),
        (std::fs::read_to_string(&path).unwrap().replace("submission/1", "submission/2"), "its schema is"),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Submission::read_all(sweep.path()).unwrap_err().to_string();
        assert!(error.contains("not the record of a submission") && error.contains(expected), "{error}");
    }
}
