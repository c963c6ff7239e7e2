// One provider and clients that die, lose their ledger or run on another machine: each job and upload exists once.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct AdoptionTests {
    enum Loss: Sendable { case nothing, ledger, everything }

    struct Disaster: Sendable, CustomTestStringConvertible {
        var id: String
        /// The point at which the first run is killed.
        var killedAt: String?
        var faults = ""
        /// The state that the second run lacks.
        var loss = Loss.nothing
        var testDescription: String { id }
    }

    static let disasters: [Disaster] = [
        Disaster(id: "killed before the batch's create call", killedAt: "before POST openai/batches#1"),
        Disaster(id: "killed with the batch's reply at hand", killedAt: "after POST openai/batches#1"),
        Disaster(id: "killed before the fine-tuning job's create call", killedAt: "before POST openai/fine_tuning/jobs#1"),
        Disaster(id: "killed with the fine-tuning job's reply at hand", killedAt: "after POST openai/fine_tuning/jobs#1"),
        Disaster(id: "killed with an upload's reply at hand", killedAt: "after POST openai/files#1"),
        Disaster(
            id: "killed, and the ledger lost with it", killedAt: "after POST openai/fine_tuning/jobs#1", loss: .ledger),
        Disaster(
            id: "each create call's reply is lost",
            faults: """
                  - { on: files.create, cut: before }
                  - { on: batches.create, cut: before }
                  - { on: fine_tuning.jobs.create, cut: before }

                """),
        Disaster(
            id: "no slot for the job is free",
            faults: "  - { on: fine_tuning.jobs.create, times: 3, status: 400, code: quotaExceeded }\n"),
        Disaster(id: "the ledger is deleted", loss: .ledger),
        Disaster(id: "another machine, with an empty store", loss: .everything),
    ]

    @Test(arguments: disasters) func jobsAndUploadsExistOnce(_ disaster: Disaster) throws {
        let here = try TestProject()
        try here.write("faults.yaml", "faults:\n" + disaster.faults)
        let server = try here.emulator(["--faults", here.folder + "/faults.yaml"])
        defer { server.stop() }
        try here.write("small.yaml", SmallExperiment.spec)
        let environment = ["ASSAY_EMULATOR": server.address]
        if let point = disaster.killedAt {
            let killed = try here.assay(
                "run", "small.yaml", "--json", environment: environment.merging(["ASSAY_KILL_AT": point]) { $1 })
            #expect(killed.status == SIGKILL, "\(killed.errors)\(killed.output.suffix(1500))")
        } else if disaster.loss != .nothing {
            // All possible jobs are submitted, without waiting for them.
            let detached = try here.assay("run", "small.yaml", "--json", "--detach", environment: environment)
            #expect(detached.status == 75, "\(detached.errors)\(detached.output.suffix(1500))")
            #expect(try here.serverRecords("batches", server).count == 1)
            #expect(try here.serverRecords("jobs", server).count == 1)
        }
        var there = here
        switch disaster.loss {
        case .nothing: break
        case .ledger: try here.removeLedger()
        case .everything:
            there = try TestProject()
            try there.write("small.yaml", SmallExperiment.spec)
        }
        let run = try there.assay("run", "small.yaml", "--json", environment: environment)
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        if disaster.loss != .nothing { #expect(run.output.contains("adopted fine-tune ftjob-")) }
        if disaster.loss == .everything { #expect(run.output.contains("adopted batch batch_")) }
        #expect(try there.predictions(run).count == 54)
        #expect(try there.serverRecords("batches", server).count == 1)
        #expect(try there.serverRecords("jobs", server).count == 1)
        let uploads = try there.serverUploads(server)
        #expect(uploads.count == 3 && uploads.allSatisfy { $0.value == 1 }, "\(uploads)")
        #expect(try there.assay("status").output.contains("nothing is running or billed"))
    }

    // MARK: Two simultaneous runs, from separate stores

    /// Two projects start the same work when neither sees the other's batch: both report it, and when a person cancels
    /// one, its project adopts the other.
    @Test(arguments: [false, true]) func twoStartsFromSeparateStores(isOneCancelled: Bool) throws {
        let first = try TestProject(), second = try TestProject()
        try first.write("faults.yaml", "faults:\n  - { on: batches.list, after: 2, times: 2, stale: 36000 }\n")
        let server = try first.emulator(["--faults", first.folder + "/faults.yaml"])
        defer { server.stop() }
        let environment = ["ASSAY_EMULATOR": server.address]
        for project in [first, second] {
            try project.write("small.yaml", BatchExperiment.spec())
            let run = try project.assay("run", "small.yaml", "--json", "--detach", environment: environment)
            #expect(run.status == 75, "\(run.errors)\(run.output.suffix(1500))")
        }
        #expect(try first.serverRecords("batches", server).count == 2)
        // With a spec, jobs at the provider that are not in the ledger are shown.
        let shown = try first.assay("jobs", "small.yaml", environment: environment)
        #expect(shown.output.contains("not in this ledger: batch"), "\(shown.output)\(shown.errors)")
        #expect(shown.output.contains("it is a duplicate of job 1"))
        if isOneCancelled {
            #expect(try second.assay("jobs", "cancel", "1", environment: environment).status == 0)
            #expect(try second.assay("jobs", "forget", "1").status == 0)
        }
        var predictions: [[String]] = []
        for project in [first, second] {
            let run = try project.assay("run", "small.yaml", "--json", environment: environment)
            #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
            predictions.append(try project.predictions(run))
            let reported = run.output.contains("is a duplicate of")
            #expect(reported == !isOneCancelled, "\(run.output.suffix(1500))")
            let jobs = try project.assay("jobs", "--all").output
            #expect(jobs.contains("was a duplicate of this job") == !isOneCancelled, "\(jobs)")
        }
        #expect(predictions[0] == predictions[1] && predictions[0].count == 9)
        #expect(try first.serverRecords("batches", server).count == 2, "nobody paid a third time")
    }

    // MARK: Cleaning

    /// `clean` keeps files while a job is open, and deployments that may belong to another machine unless confirmed.
    @Test func cleaningLeavesWhatIsNeeded() throws {
        let here = try TestProject(), elsewhere = try TestProject()
        let server = try here.emulator()
        defer { server.stop() }
        let environment = ["ASSAY_EMULATOR": server.address]
        let kept = BatchExperiment.spec()
            .replacingOccurrences(
                of: "deployment: base, batch_deployment: base-batch",
                with: "deploy: { sku: Standard, capacity: 100, keep: true }"
            )
            .replacingOccurrences(of: "base: { batch: json }", with: "base: { online: json }")
        try elsewhere.write("small.yaml", kept)
        #expect(try elsewhere.assay("run", "small.yaml", environment: environment).status == 0)
        try here.write("small.yaml", BatchExperiment.spec())
        #expect(try here.assay("run", "small.yaml", "--detach", environment: environment).status == 75)

        let shown = try here.assay("jobs", "small.yaml", environment: environment)
        #expect(shown.output.contains("not in this ledger: deployment assay-"), "\(shown.output)\(shown.errors)")
        let careful = try here.assay("jobs", "clean", environment: environment)
        #expect(careful.status == 0)
        #expect(careful.output.contains("1 uploaded files are kept"), "\(careful.output)")
        #expect(careful.errors.contains("may be another machine's; --yes deletes"), "\(careful.errors)")
        #expect(try deployments(server) == 1)
        #expect(try here.serverUploads(server).count == 1)

        #expect(try here.assay("run", "small.yaml", environment: environment).status == 0)
        let reported = try here.assay("jobs", "clean", "--yes", environment: environment)
        #expect(reported.output.contains("deleted file"), "\(reported.output)")
        #expect(reported.output.contains("deleted deployment assay-"))
        #expect(try deployments(server) == 0)
        #expect(try here.serverUploads(server).isEmpty)
        // The other machine's ledger notices when it cleans its own.
        #expect(try elsewhere.assay("jobs", "clean", environment: environment).status == 0)
        #expect(try elsewhere.assay("status").output.contains("nothing is running or billed"))
    }

    /// A deployment that a run uses now is not deleted under it.
    @Test func cleaningLeavesWhatARunUses() throws {
        let project = try TestProject()
        try project.write("faults.yaml", "faults:\n  - { on: chat.completions, times: 9, delay: 1.5 }\n")
        let server = try project.emulator(["--faults", project.folder + "/faults.yaml"])
        defer { server.stop() }
        let environment = ["ASSAY_EMULATOR": server.address]
        try project.write(
            "small.yaml",
            BatchExperiment.spec()
                .replacingOccurrences(
                    of: "deployment: base, batch_deployment: base-batch", with: "deploy: { sku: Standard, capacity: 100 }"
                )
                .replacingOccurrences(of: "base: { batch: json }", with: "base: { online: json }"))
        let (process, _, _) = project.process(["run", "small.yaml", "--json"], environment: environment)
        try process.run()
        let deadline = Date().addingTimeInterval(60)
        while Date() < deadline, process.isRunning, try deployments(server) == 0 { Thread.sleep(forTimeInterval: 0.05) }
        let cleaned = try project.assay("jobs", "clean", environment: environment)
        #expect(cleaned.output.contains("is using it"), "\(cleaned.output)\(cleaned.errors)")
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try deployments(server) == 0)
    }

    /// Assay's deployments at the provider.
    private func deployments(_ server: TestProject.Server) throws -> Int {
        try TestProject.deployments(in: server.folder + "/small/deployments")
    }
}
