// Paid work under faults, as a user meets it: nothing is paid twice, nothing is lost, nothing is left on.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct RemoteWorkTests {
    private func project(_ faults: String, attempts: Int = 3) throws -> TestProject {
        let project = try TestProject()
        try project.write("faults.yaml", "faults:\n" + faults)
        try project.write("small.yaml", BatchExperiment.spec(faults: "faults.yaml", attempts: attempts))
        return project
    }

    // MARK: Salvage

    struct Salvage: Sendable, CustomTestStringConvertible {
        var id: String
        var faults: String
        var batches: Int
        var testDescription: String { id }
    }

    static let salvages: [Salvage] = [
        Salvage(id: "a third of the lines", faults: "  - { on: batches.create, partly: 0.34 }\n", batches: 2),
        Salvage(id: "completed with zero successes", faults: "  - { on: batches.create, partly: 0 }\n", batches: 2),
        Salvage(id: "expired half way", faults: "  - { on: batches.create, expires_at: 0.5 }\n", batches: 2),
        Salvage(
            id: "one line is missing: asked online", faults: "  - { on: batches.create, partly: 0.9 }\n", batches: 1),
        Salvage(id: "twice in part", faults: "  - { on: batches.create, times: 2, partly: 0.5 }\n", batches: 3),
        Salvage(id: "every line comes twice", faults: "  - { on: batches.create, repeats_lines: true }\n", batches: 1),
        Salvage(
            id: "the file is not processed yet",
            faults: "  - { on: batches.create, times: 2, status: 400, code: unexpectedEntityState, "
                + "message: The file is not processed yet }\n",
            batches: 1),
        Salvage(id: "a download cut", faults: "  - { on: files.content, times: 3, cut: during }\n", batches: 1),
        Salvage(
            id: "no room in validation",
            faults: "  - { on: batches.create, times: 2, fails: { code: token_limit_exceeded, message: full } }\n",
            batches: 3),
        Salvage(
            id: "no room at create",
            faults: "  - { on: batches.create, times: 9, status: 400, code: token_limit_exceeded }\n", batches: 1),
        Salvage(
            id: "429 without a hint", faults: "  - { on: batches.create, times: 9, status: 429 }\n", batches: 1),
        Salvage(
            id: "429 with a hint",
            faults: "  - { on: batches.create, times: 9, status: 429, headers: { retry-after: \"30\" } }\n",
            batches: 1),
        Salvage(id: "the create's reply is lost", faults: "  - { on: batches.create, cut: before }\n", batches: 1),
        Salvage(
            id: "the create's reply is lost and the list is late",
            faults: """
                  - { on: batches.create, cut: before }
                  - { on: batches.list, times: 3, stale: 100 }

                """, batches: 1),
        Salvage(id: "the create never arrives", faults: "  - { on: batches.create, cut: request }\n", batches: 1),
        Salvage(
            id: "the upload's reply is lost and the list is late",
            faults: """
                  - { on: files.create, cut: before }
                  - { on: files.list, times: 3, stale: 40 }

                """, batches: 1),
        Salvage(
            id: "errors at create", faults: "  - { on: batches.create, times: 2, status: 500 }\n", batches: 1),
    ]

    @Test(arguments: salvages) func everyAnswerIsGotOnce(_ item: Salvage) throws {
        let project = try project(item.faults)
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(try project.records("batches").count == item.batches)
        #expect(try project.uploads().allSatisfy { $0.value == 1 }, "the same bytes are uploaded once")
        #expect(try project.predictions(run).count == 9)
        #expect(try project.unanswered(run) == 0)
        let second = try project.assay("run", "small.yaml", "--json")
        #expect(second.end["ran"] as? Int == 0)
    }

    /// Three batches that may not wait at once: each begins when the one before has ended, also after refusals.
    @Test func shardsWaitForEachOther() throws {
        let project = try project(
            """
              - { on: batches.create, after: 1, times: 1, status: 400, code: token_limit_exceeded }
              - { on: batches.create, after: 3, times: 1, fails: { code: token_limit_exceeded, message: full } }

            """)
        let run = try project.assay(
            "run", "small.yaml", "--json", "--set", "models.base.enqueued_tokens=500")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        let batches = try project.records("batches").compactMap { $0["object"] as? [String: Any] }
        let times = batches.compactMap { batch -> (from: Int, to: Int)? in
            guard let from = batch["created_at"] as? Int, let to = batch["completed_at"] as? Int else { return nil }
            return (from, to)
        }.sorted { $0.from < $1.from }
        #expect(batches.count == 4 && times.count == 3, "one failed in validation: \(batches)")
        #expect(zip(times, times.dropFirst()).allSatisfy { $0.to <= $1.from }, "\(times)")
        #expect(try project.uploads().allSatisfy { $0.value == 1 })
        #expect(try project.unanswered(run) == 0)
    }

    /// A line that the content filter refused is a result: nothing asks for it again, and it has no answer.
    @Test func aRefusedLineIsAResult() throws {
        let project = try project("  - { on: batches.create, filters: 2 }\n")
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(try project.records("batches").count == 1)
        #expect(try project.requests(account: "small")["chat.completions"] == nil)
        #expect(try project.unanswered(run) == 2)
    }

    /// What never comes is missing: no score unless it is allowed, and only `--retry` asks again.
    @Test func missingAnswers() throws {
        let project = try project("  - { on: batches.create, times: 2, partly: 0.5 }\n", attempts: 2)
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 1)
        #expect(run.output.contains("answers never came"), "\(run.output.suffix(1500))")
        #expect(try project.records("batches").count == 2)
        let again = try project.assay("run", "small.yaml", "--json")
        #expect(again.status == 1)
        #expect(try project.records("batches").count == 2, "nobody asked to pay again")
        let retried = try project.assay("run", "small.yaml", "--retry", "--json")
        #expect(retried.status == 0, "\(retried.output.suffix(1500))")
        #expect(try project.records("batches").count == 3)
    }

    @Test func onlyRetryTriesAFailedJobAgain() throws {
        let project = try project("  - { on: batches.create, fails: { code: bad_input, message: no such thing } }\n")
        for _ in 0..<2 {
            let run = try project.assay("run", "small.yaml", "--json")
            #expect(run.status == 1)
            #expect(run.output.contains("--retry"), "\(run.output.suffix(1500))")
            #expect(try project.records("batches").count == 1)
        }
        // Also with the ledger lost.
        try project.removeLedger()
        #expect(try project.assay("run", "small.yaml", "--json").status == 1)
        #expect(try project.records("batches").count == 1)
        let retried = try project.assay("run", "small.yaml", "--retry", "--json")
        #expect(retried.status == 0, "\(retried.output.suffix(1500))")
        #expect(try project.records("batches").count == 2)
        #expect(try project.uploads().allSatisfy { $0.value == 1 })
    }

    // MARK: Adoption

    @Test func detachedWorkIsCollectedAlsoWithoutALedgerAndElsewhere() throws {
        let project = try project("")
        let detached = try project.assay("run", "small.yaml", "--detach", "--json")
        #expect(detached.status == 75, "\(detached.errors)\(detached.output.suffix(1500))")
        let status = try project.assay("status")
        #expect(status.output.contains("waited for: batch batch_"), "\(status.output)")
        #expect(status.output.contains("since 20"))
        try project.removeLedger()
        // Another machine: an empty store, and only the provider in common.
        let elsewhere = try TestProject()
        try FileManager.default.copyItem(
            atPath: project.folder + "/.assay/emulator", toPath: elsewhere.folder + "/.assay/emulator")
        for place in [project, elsewhere] {
            if place === elsewhere {
                try place.write("faults.yaml", "faults:\n")
                try place.write("small.yaml", BatchExperiment.spec(faults: "faults.yaml"))
            }
            let run = try place.assay("run", "small.yaml", "--json")
            #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
            #expect(run.output.contains("adopted batch"))
            #expect(try place.records("batches").count == 1)
            #expect(try place.uploads().allSatisfy { $0.value == 1 })
        }
    }

    @Test func whatCannotBeDecidedIsQuarantined() throws {
        let faults = """
              - { on: batches.create, cut: before }
              - { on: batches.list, after: 1, times: 60, status: 500 }

            """
        let project = try project(faults)
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 5, "\(run.errors)\(run.output.suffix(1500))")
        let jobs = try project.assay("jobs")
        #expect(jobs.output.contains("quarantined"))
        #expect(jobs.output.contains("assay jobs adopt 1"))
        let again = try project.assay("run", "small.yaml", "--json")
        #expect(again.status == 5)
        #expect(try project.records("batches").count == 1)
        let batch = try #require(try project.records("batches").first?["object"] as? [String: Any])
        let id = try #require(batch["id"] as? String)
        #expect(try project.assay("jobs", "adopt", "1", id).status == 0)
        #expect(try !project.assay("jobs").output.contains("quarantine"))
        try project.write("faults.yaml", "faults:\n")
        let last = try project.assay("run", "small.yaml", "--json")
        #expect(last.status == 0, "\(last.errors)\(last.output.suffix(1500))")
        #expect(try project.records("batches").count == 1)
    }

    @Test func cancelledByAPerson() throws {
        let project = try project("  - { on: batches.create, stalls: 86400 }\n")
        #expect(try project.assay("run", "small.yaml", "--detach", "--json").status == 75)
        let cancelled = try project.assay("jobs", "cancel", "small.yaml", "1")
        #expect(cancelled.status == 0, "\(cancelled.errors)")
        #expect(cancelled.output.contains("is being cancelled"))
        let run = try project.assay("run", "small.yaml", "--json")
        // It keeps what was finished; the rest is asked again.
        #expect(run.status == 0 || run.output.contains("--retry"), "\(run.output.suffix(1500))")
    }

    // MARK: Budget

    @Test func overBudgetNothingIsSubmitted() throws {
        let project = try TestProject()
        let prices = TestProject.root + "/experiments/prices/azure-openai-2025-09.yaml"
        try project.write("small.yaml", BatchExperiment.spec(prices: prices))
        let refused = try project.assay("run", "small.yaml", "--budget", "0.0001", "--json")
        #expect(refused.status == 4, "\(refused.errors)\(refused.output.suffix(1500))")
        #expect(refused.output.contains(BatchExperiment.batch))
        #expect(refused.output.contains("budget of $0.0001"), "\(refused.output.suffix(1500))")
        #expect(try project.requests(account: "small")["batches.create"] == nil)
        #expect(try project.requests(account: "small")["files.create"] == nil)
        let run = try project.assay("run", "small.yaml", "--budget", "1", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        let spent = try #require(run.end["emulated_usd"] as? Double)
        #expect(spent > 0 && spent < 0.1)
        #expect(run.end["spent_usd"] as? Double == 0, "an emulator's dollars are counted apart")
        #expect(try project.assay("status").output.contains("held back: $0.00\n"))
    }

    // MARK: The store

    /// A flipped bit in any object is found when it is read, said, and what it takes runs again; nothing is paid again.
    @Test func flippedBits() throws {
        let project = try project("")
        let first = try project.assay("run", "small.yaml", "--json")
        #expect(first.status == 0, "\(first.output.suffix(1500))")
        let predictions = try project.predictions(first)
        let objects = try project.objects()
        #expect(objects.count > 15)
        for object in objects { try project.flipABit(in: object) }
        let verify = try project.assay("cache", "verify")
        #expect(verify.status == 1)
        #expect(verify.output.components(separatedBy: "damaged: ").count - 1 == objects.count)
        let second = try project.assay("run", "small.yaml", "--json")
        #expect(second.status == 0, "\(second.errors)\(second.output.suffix(2500))")
        #expect(second.output.contains("damaged"), "it is said")
        #expect(try project.predictions(second) == predictions)
        #expect(try project.records("batches").count == 1, "what was paid for is in the journal")
        #expect(try project.assay("cache", "verify", "--repair").status == 0)
        #expect(try project.assay("cache", "verify").output.contains("whole"))
    }

    @Test func garbageCollectionKeepsWhatIsNeeded() throws {
        let project = try project("")
        #expect(try project.assay("run", "small.yaml", "--json").status == 0)
        let collected = try project.assay("cache", "gc", "--keep-runs", "1")
        #expect(collected.status == 0)
        let again = try project.assay("run", "small.yaml", "--json")
        #expect(again.end["ran"] as? Int == 0)
        let size = try project.assay("cache", "size")
        #expect(size.output.contains("results"))
        #expect(size.output.contains("objects"))
    }

    // MARK: Secrets

    /// A planted key is in no file that a run wrote, in nothing that it said, and not in what `ps` shows.
    @Test func secretsStayHidden() throws {
        let project = try TestProject()
        let secret = "planted-\(UUID().uuidString)"
        let server = try project.emulator(model: "gpt-4o-2024-08-06")
        defer { server.stop() }
        try project.write(
            "small.yaml",
            BatchExperiment.spec(
                prices: TestProject.root + "/experiments/prices/azure-openai-2025-09.yaml"
            ).replacingOccurrences(of: "model: shapes-base", with: "model: gpt-4o-2024-08-06").replacingOccurrences(
                of: "{ kind: emulator, account: small, price_as: gpt-4o-2024-08-06 }",
                with: "{ kind: azure-openai, endpoint: \"\(server.address)\", api_key: \"${PLANTED}\", "
                    + "api_version: 2025-04-01-preview }"))
        let (process, errors, output) = project.process(
            ["run", "small.yaml", "--yes", "--json"], environment: ["PLANTED": secret])
        try process.run()
        var shown = ""
        var looks = 0
        while process.isRunning, looks < 100 {
            shown += TestProject.processArguments()
            looks += 1
            Thread.sleep(forTimeInterval: 0.1)
        }
        // A batch is asked once a real minute here, so the run is ended as soon as it waits for one.
        if process.isRunning { kill(process.processIdentifier, SIGINT) }
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let said = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        #expect(said.contains(BatchExperiment.batch), "\(errorText)\(said.suffix(1000))")
        #expect(try project.serverRecords("batches", server).count == 1, "\(errorText)\(said.suffix(1000))")
        #expect(!errorText.contains(secret))
        #expect(!said.contains(secret))
        #expect(!shown.contains(secret))
        for path in try project.files() where !path.hasPrefix(server.folder) {
            let bytes = FileManager.default.contents(atPath: path) ?? Data()
            #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(path) holds the secret")
        }
    }

    // MARK: Two at once

    @Test func twoProcessesOnOneStore() throws {
        let project = try project("")
        let (first, firstErrors, _) = project.process(["run", "small.yaml", "--json"])
        let (second, secondErrors, _) = project.process(["run", "small.yaml", "--json"])
        try first.run()
        try second.run()
        _ = firstErrors.fileHandleForReading.readDataToEndOfFile()
        _ = secondErrors.fileHandleForReading.readDataToEndOfFile()
        first.waitUntilExit()
        second.waitUntilExit()
        #expect(first.terminationStatus == 0)
        #expect(second.terminationStatus == 0)
        #expect(try project.records("batches").count == 1)
        #expect(try project.uploads().allSatisfy { $0.value == 1 })
        #expect(try project.assay("cache", "verify").status == 0)
        #expect(try project.assay("run", "small.yaml", "--json").end["ran"] as? Int == 0)
    }
}
