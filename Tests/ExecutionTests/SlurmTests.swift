// Cluster jobs as values: submissions, Slurm's output and the resulting states.

import Basics
import Execution
import Foundation
import Testing

private func job(_ resources: SlurmResources, tasks: Int = 1) -> SlurmJob {
    SlurmJob(
        name: "assay-0123456789abcdef", tasks: tasks, resources: resources, environment: ["KEY": "secret"],
        program: "/opt/it's/assay", stateFolder: "/shared/.assay", workingFolder: "/shared/project")
}

private let always = [
    "--parsable", "--job-name=assay-0123456789abcdef", "--chdir=/shared/project", "--export=ALL", "--requeue",
    "--open-mode=append", "--nodes=1", "--ntasks=1",
]

private func request(
    _ text: String, _ resources: SlurmResources, _ environment: [String: String] = [:]
) -> SlurmRequest {
    SlurmRequest(
        task: SlurmTask(key: StepKey(Digest(of: text)), steps: [], inputs: [:]), resources: resources,
        environment: environment)
}

@Suite struct SlurmTests {
    @Test(arguments: [
        (
            "the cluster's defaults", job(SlurmResources()),
            ["--cpus-per-task=1", "--output=/shared/.assay/slurm/jobs/assay-0123456789abcdef/0.log"]
        ),
        (
            "everything",
            job(
                SlurmResources(
                    partition: "gpu", account: "vision", seconds: 5400, memory: "4G", gres: "gpu:1", constraint: "avx2",
                    cpus: 8)),
            [
                "--cpus-per-task=8", "--output=/shared/.assay/slurm/jobs/assay-0123456789abcdef/0.log",
                "--partition=gpu", "--account=vision", "--time=0-01:30:00", "--mem=4G", "--gres=gpu:1",
                "--constraint=avx2",
            ]
        ),
        (
            "an array", job(SlurmResources(partition: "cpu", cpus: 2), tasks: 24),
            [
                "--cpus-per-task=2", "--output=/shared/.assay/slurm/jobs/assay-0123456789abcdef/%a.log",
                "--array=0-23", "--partition=cpu",
            ]
        ),
    ])
    func arguments(id: String, job: SlurmJob, expected: [String]) {
        #expect(job.arguments == always + expected)
        #expect(!job.arguments.joined().contains("secret"), "values travel in the environment")
    }

    @Test func theScriptQuotesWhatAShellWouldRead() {
        #expect(
            job(SlurmResources()).script
                == "#!/bin/sh\nexec '/opt/it'\\''s/assay' run-step assay-0123456789abcdef --state '/shared/.assay'\n")
    }

    @Test(arguments: [
        (1.0, "0-00:01:00"), (60.0, "0-00:01:00"), (61.0, "0-00:02:00"), (5400.0, "0-01:30:00"),
        (176_400.0, "2-01:00:00"),
    ])
    func time(seconds: Double, text: String) { #expect(SlurmJob.time(seconds) == text) }

    @Test func likeRequestsMakeOneArray() {
        let large = SlurmResources(cpus: 4)
        let groups = SlurmJob.groups([
            request("a", SlurmResources()), request("b", large), request("c", SlurmResources()),
            request("d", SlurmResources(), ["TOKEN": "1"]),
        ])
        let expected = [["a", "c"], ["b"], ["d"]].map { $0.map { StepKey(Digest(of: $0)) } }
        #expect(groups.map { $0.map(\.task.key) } == expected)
        let many = SlurmJob.groups((0..<2100).map { request("\($0)", large) })
        #expect(many.map(\.count) == [1000, 1000, 100])
    }

    @Test func namesFollowKeysAndProject() {
        let keys = ["a", "b"].map { StepKey(Digest(of: $0)) }
        let name = SlurmJob.name(of: keys, in: "/one", attempt: 1)
        #expect(name == SlurmJob.name(of: keys, in: "/one", attempt: 1))
        #expect(name.text.count == "assay-".count + 16)
        #expect(name != SlurmJob.name(of: keys, in: "/two", attempt: 1))
        #expect(name != SlurmJob.name(of: [keys[0]], in: "/one", attempt: 1))
        #expect(SlurmJob.name(of: keys, in: "/one", attempt: 2).text == name.text + "-2")
    }

    @Test func listing() {
        let text = """
            17_2|assay-aa|PENDING|Resources|
            17_0|assay-aa|RUNNING|None|node[3]
            18|assay-bb-2|NODE_FAIL|NodeDown|node4
            19|somebody-else|RUNNING|None|node5
            20_[3-9]|assay-aa|PENDING|Priority|
            broken line
            """
        #expect(
            SlurmState.parse(text) == [
                SlurmState(place: .init(name: "assay-aa", index: 2), id: "17_2", state: "PENDING", reason: "Resources"),
                SlurmState(place: .init(name: "assay-aa", index: 0), id: "17_0", state: "RUNNING", nodes: "node[3]"),
                SlurmState(
                    place: .init(name: "assay-bb-2", index: 0), id: "18", state: "NODE_FAIL", reason: "NodeDown",
                    nodes: "node4"),
            ])
        #expect(
            SlurmState.parse(text).map(\.text) == [
                "pending (Resources)", "running on node[3]", "node_fail (NodeDown)",
            ])
    }

    @Test(
        arguments: [
            ("the one that goes on", [("4", "COMPLETED"), ("7", "PENDING"), ("9", "FAILED")], nil, "7"),
            ("the later of the ended", [("9", "COMPLETED"), ("10", "FAILED")], nil, "10"),
            ("the one that was submitted", [("9", "COMPLETED"), ("10", "PENDING")], "9", "9"),
            ("none of another submission", [("8", "FAILED")], "9", nil),
        ] as [(String, [(String, String)], String?, String?)])
    func namesakes(id: String, jobs: [(String, String)], sent: String?, expected: String?) {
        let place = SlurmPlace(name: "assay-aa", index: 0)
        let states = jobs.map { SlurmState(place: place, id: $0.0, state: $0.1) }
        let known: [SafeName: String] = sent.map { ["assay-aa": $0] } ?? [:]
        #expect(SlurmState.byPlace(states, sent: known)[place]?.id == expected)
        #expect(SlurmState.byPlace(states.reversed(), sent: known)[place]?.id == expected)
        let tasks = [SlurmState(place: .init(name: "assay-aa", index: 2), id: "9_2", state: "RUNNING")]
        #expect(SlurmState.byPlace(tasks, sent: ["assay-aa": "9"]).count == 1, "a task of an array")
    }

    @Test func details() {
        let line =
            "JobId=3 ArrayJobId=1 JobName=assay-aa JobState=FAILED Reason=NonZeroExitCode Dependency=(null) "
            + "ExitCode=1:0 Comment=two words TimeLimit=00:01:00\nJobId=4 ExitCode=0:0\n"
        let details = SlurmState.details(line)
        #expect(details["JobState"] == "FAILED")
        #expect(details["ExitCode"] == "1:0")
        #expect(details["Comment"] == "two words")
        #expect(details["TimeLimit"] == "00:01:00")
    }

    @Test(arguments: [
        ("PENDING", SlurmState.Phase.pending), ("CONFIGURING", .pending), ("REQUEUED", .pending),
        ("REQUEUE_HOLD", .pending), ("SPECIAL_EXIT", .pending), ("RUNNING", .running), ("COMPLETING", .running),
        ("SUSPENDED", .running), ("COMPLETED", .ended(.completed)), ("FAILED", .ended(.failed)),
        ("CANCELLED", .ended(.cancelled)), ("TIMEOUT", .ended(.timeLimit)), ("DEADLINE", .ended(.timeLimit)),
        ("OUT_OF_MEMORY", .ended(.outOfMemory)), ("NODE_FAIL", .ended(.lost)), ("PREEMPTED", .ended(.lost)),
        ("BOOT_FAIL", .ended(.lost)), ("REVOKED", .ended(.lost)), ("SOMETHING_NEW", .pending),
    ])
    func phase(state: String, phase: SlurmState.Phase) {
        #expect(SlurmState(place: .init(name: "assay-aa", index: 0), id: "1", state: state).phase == phase)
    }

    @Test(arguments: [
        (SlurmEnd.cancelled, true, 1, SlurmEnd.Verdict.fail), (.cancelled, false, 1, .fail),
        (.outOfMemory, true, 1, .fail), (.timeLimit, true, 1, .fail), (.timeLimit, false, 1, .submitAgain),
        (.timeLimit, false, 9, .submitAgain), (.failed, true, 1, .fail), (.failed, false, 1, .submitAgain),
        (.failed, false, 3, .fail), (.completed, true, 1, .fail), (.completed, false, 1, .submitAgain),
        (.lost, true, 1, .submitAgain), (.lost, true, 2, .submitAgain), (.lost, true, 3, .fail),
        (.forgotten, false, 2, .submitAgain), (.forgotten, false, 3, .fail),
    ])
    func verdict(end: SlurmEnd, isFirst: Bool, submissions: Int, verdict: SlurmEnd.Verdict) {
        #expect(end.verdict(isFirst: isFirst, submissions: submissions) == verdict)
    }

    @Test(arguments: [
        ("sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)", true),
        ("sbatch: error: Batch job submission failed: Socket timed out on send/recv operation", true),
        ("sbatch: error: invalid partition specified: nowhere", false),
        ("sbatch: error: Batch job submission failed: Invalid account specified", false),
    ])
    func whatPasses(words: String, isPassing: Bool) {
        #expect(SlurmError.command("sbatch", message: words).isPassing == isPassing)
    }

    @Test func errorsNameTheKeyToRaise() {
        func words(_ end: SlurmEnd) -> String {
            SlurmError.ended(end, job: "7", node: "n1", exitCode: "1:0", limit: 120, memory: "1G", log: "last words")
                .description
        }
        #expect(
            words(.timeLimit)
                == "Slurm job 7 on n1 reached its time limit of 0-00:02:00; raise 'time' of the executor; "
                + "its output: last words")
        #expect(words(.outOfMemory).contains("(1G); raise 'memory'"))
        #expect(words(.failed).contains("exit code 1:0"))
    }
}
