// Paid work under faults: nothing is paid for twice, lost or left running.

import Foundation
import Platform
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

    /// Three batches that may not be queued at the same time: each begins when the previous one has ended, also after refusals.
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

    /// An answer that never arrives is missing: no score unless allowed, and only `--retry` repeats the request.
    @Test func missingAnswers() throws {
        let project = try project("  - { on: batches.create, times: 2, partly: 0.5 }\n", attempts: 2)
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 1)
        #expect(run.output.contains("answers never arrived"), "\(run.output.suffix(1500))")
        #expect(try project.records("batches").count == 2)
        let again = try project.assay("run", "small.yaml", "--json")
        #expect(again.status == 1)
        #expect(try project.records("batches").count == 2, "nobody asked to pay again")
        let retried = try project.assay("run", "small.yaml", "--retry", "--json")
        #expect(retried.status == 0, "\(retried.output.suffix(1500))")
        #expect(try project.records("batches").count == 3)
    }

    /// OpenAI's 429 for an account without credit is not a full queue: the run does not wait two days.
    @Test func accountWithoutCreditFailsImmediately() throws {
        let project = try project(
            "  - { on: batches.create, times: 99, status: 429, code: insufficient_quota, message: Check your plan }\n")
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 1)
        #expect(run.output.contains("Check your plan"), "\(run.output.suffix(1500))")
        #expect(try project.requests(account: "small")["batches.create"] == 1)
        #expect(try project.assay("jobs").output.contains("no open jobs"))
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
        #expect(status.output.contains("pending: batch batch_"), "\(status.output)")
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

    /// The list cannot be read after a create call with a lost reply: exit code 5 until a person decides.
    @Test(arguments: [true, false]) func whatCannotBeDecidedIsQuarantined(wasCreated: Bool) throws {
        let project = try project(
            """
              - { on: batches.create, cut: \(wasCreated ? "before" : "request") }
              - { on: batches.list, after: 2, times: 60, status: 500 }

            """)
        for _ in 0..<2 {
            let run = try project.assay("run", "small.yaml", "--json")
            #expect(run.status == 5, "\(run.errors)\(run.output.suffix(1500))")
            #expect(run.output.contains("'assay jobs' shows what to check"))
            #expect(try project.records("batches").count == (wasCreated ? 1 : 0))
        }
        let jobs = try project.assay("jobs")
        let tag = try #require(jobs.output.firstMatch(of: #/metadata 'assay' is ([0-9a-f]{16})/#)?.output.1)
        #expect(jobs.output.contains("quarantined"))
        #expect(jobs.output.contains("'assay jobs adopt 1 ID'") && jobs.output.contains("'assay jobs forget 1'"))
        #expect(try project.assay("status").output.contains("in quarantine: batch"))
        let unknown = try project.assay("jobs", "adopt", "1", "batch_unknown")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("has no batch batch_unknown"), "\(unknown.errors)")
        if wasCreated {
            let batch = try #require(try project.records("batches").first?["object"] as? [String: Any])
            #expect((batch["metadata"] as? [String: String])?["assay"] == String(tag))
            let adopted = try project.assay("jobs", "adopt", "1", try #require(batch["id"] as? String))
            #expect(adopted.status == 0, "\(adopted.errors)")
            let again = try project.assay("jobs", "adopt", "1", "batch_unknown")
            #expect(again.status == 2 && again.errors.contains("there is nothing to adopt"), "\(again.errors)")
        } else {
            #expect(try project.assay("jobs", "forget", "1").output.contains("sends it otherwise"))
        }
        #expect(try !project.assay("jobs").output.contains("quarantine"))
        try project.write("faults.yaml", "faults:\n")
        let last = try project.assay("run", "small.yaml", "--json")
        #expect(last.status == 0, "\(last.errors)\(last.output.suffix(1500))")
        #expect(try project.records("batches").count == 1)
    }

    /// A person cancels a batch. Halfway, it keeps its answers, and only the rest is requested again; before it began,
    /// it is a job without results, which is paid for again only with `--retry`.
    @Test(arguments: [true, false]) func cancelledByAPerson(isUnderWay: Bool) async throws {
        let project = try project("  - { on: batches.create, partly: 0.5 }\n")
        let server = try project.emulator(["--faults", project.folder + "/faults.yaml"])
        defer { server.stop() }
        let environment = ["ASSAY_EMULATOR": server.address]
        let detached = try project.assay("run", "small.yaml", "--detach", "--json", environment: environment)
        #expect(detached.status == 75, "\(detached.errors)\(detached.output.suffix(1500))")
        if isUnderWay {
            let deadline = Date().addingTimeInterval(60)
            while Date() < deadline {
                let batch = try project.serverRecords("batches", server).first?["object"] as? [String: Any]
                if batch?["status"] as? String == "validating" {
                    _ = try await CurlTransport().send(
                        HTTPRequestValue(
                            .post, server.address + "/emulator/wait", fields: ["content-type": "application/json"],
                            body: [.bytes(Data("{\"seconds\":2}".utf8))]))
                } else if let counts = batch?["request_counts"] as? [String: Int],
                    counts["completed", default: 0] + counts["failed", default: 0] == 9
                {
                    break
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        let cancelled = try project.assay("jobs", "cancel", "1", environment: environment)
        #expect(cancelled.status == 0, "\(cancelled.errors)")
        #expect(cancelled.output.contains("is being cancelled"))
        var run = try project.assay("run", "small.yaml", "--json", environment: environment)
        if !isUnderWay {
            #expect(run.status == 1 && run.output.contains("--retry"), "\(run.output.suffix(1500))")
            run = try project.assay("run", "small.yaml", "--retry", "--json", environment: environment)
        }
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(try project.unanswered(run) == 0)
        let totals = try project.serverRecords("batches", server).compactMap { record in
            ((record["object"] as? [String: Any])?["request_counts"] as? [String: Int])?["total"]
        }
        #expect(totals.count == 2)
        if isUnderWay { #expect(totals.sorted() == [5, 9], "only what was missing is asked again") }
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
        #expect(try project.assay("status").output.contains("reserved: $0.00\n"))
    }

    /// Regression: a run that was killed after reading the answers and before recording their cost left its job open
    /// forever, with its amount reserved: no answer was missing, so the job was not processed again (`scripts/chaos`,
    /// killed before the ledger's `finish`). Online answers were not counted either, and those that a batch left open
    /// never.
    @Test(arguments: [
        ("batch", "before ledger finish#1"), ("online", "before ledger settle#1"), ("both", "before ledger settle#1"),
    ])
    func whatWasReadIsCounted(route: String, point: String) throws {
        let project = try TestProject()
        try project.write("faults.yaml", "faults:\n  - { on: batches.create, partly: 0.9 }\n")
        let prices = TestProject.root + "/experiments/prices/azure-openai-2025-09.yaml"
        try project.write(
            "small.yaml",
            BatchExperiment.spec(faults: route == "both" ? "faults.yaml" : nil, prices: prices).replacingOccurrences(
                of: "base: { batch: json }", with: "base: { \(route == "online" ? route : "batch"): json }"))
        let killed = try project.assay("run", "small.yaml", "--json", environment: ["ASSAY_KILL_AT": point])
        #expect(killed.status == SIGKILL, "\(killed.errors)\(killed.output.suffix(1500))")
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(run.end["emulated_usd"] as? Double ?? 0 > 0, "\(run.output.suffix(500))")
        #expect(try project.assay("jobs").output.contains("no open jobs"))
        #expect(try project.assay("status").output.contains("reserved: $0.00\nnothing is running"))
        let requests = try project.requests(account: "small")
        #expect(requests["batches.create"] == (route == "online" ? nil : 1))
        #expect(requests["chat.completions"] == ["online": 9, "both": 1][route])
    }

    // MARK: The store

    /// A flipped bit in any object is detected when it is read and reported; the necessary steps run again, and nothing
    /// is paid for again.
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

    /// Results older than an hour are removed if the last runs did not use them. Their results, the inputs of an open
    /// job, and the images of a kept manifest are kept.
    @Test func garbageCollectionKeepsNeededResults() throws {
        let project = try project("  - { on: batches.create, after: 1, times: 9, stalls: 864000 }\n")
        #expect(try project.assay("run", "small.yaml", "--json").status == 0)
        let other = ["run", "small.yaml", "--json", "--set", "prompts.classify.system=Which of {{ labels }}?"]
        #expect(try project.assay(other + ["--detach"]).status == 75)
        #expect(try project.assay("run", "small.yaml", "--json").status == 0)
        let young = try project.assay("cache", "gc", "--keep-runs", "1")
        #expect(young.output.contains("removed 0 results and 0 objects"), "\(young.output)")
        try project.makeOld(hours: 2)
        // Requests with stored answers are not needed; those of the open job are.
        let kept = try project.assay("cache", "gc", "--keep-runs", "1")
        #expect(kept.output.contains("removed 1 results"), "\(kept.output)")
        let waiting = try project.assay(other + ["--detach"])
        #expect(waiting.status == 75 && waiting.steps("ran").isEmpty, "\(waiting.output.suffix(1500))")
        let again = try project.assay("run", "small.yaml", "--json")
        #expect(again.end["ran"] as? Int == 0)
        let size = try project.assay("cache", "size")
        #expect(size.output.contains("results"))
        #expect(size.output.contains("objects"))
        // Without the job, its requests are not needed.
        #expect(try project.assay("jobs", "forget", "2").status == 0)
        try project.makeOld(hours: 2)
        let rest = try project.assay("cache", "gc", "--keep-runs", "1")
        #expect(rest.output.contains("removed 1 results"), "\(rest.output)")
        #expect(try project.assay("cache", "verify").output.contains("whole"))
        #expect(try project.assay("run", "small.yaml", "--json").end["ran"] as? Int == 0)
        // After the loss of the ledger, the needed results are unknown.
        try project.removeLedger()
        let refused = try project.assay("cache", "gc")
        #expect(refused.status == 2 && refused.errors.contains("--keep-runs 0"), "\(refused.errors)")
    }

    // MARK: Secrets

    /// A planted key appears in no file, no output and not in `ps`, for a successful run and for one with a provider
    /// that echoes the key in its refusal.
    @Test(arguments: [false, true]) func secretsStayHidden(isRefused: Bool) throws {
        let project = try TestProject()
        let secret = "planted-\(UUID().uuidString)"
        let outside = try TestProject()
        try outside.write(
            "faults.yaml",
            "faults:\n"
                + (isRefused
                    ? "  - { on: files.create, times: 9, status: 401, code: invalid_api_key, "
                        + "message: \"Incorrect API key provided: \(secret)\" }\n" : ""))
        let server = try project.emulator(
            ["--faults", outside.folder + "/faults.yaml"], model: "gpt-4o-2024-08-06", key: secret)
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
            ["run", "small.yaml", "--yes", "--json", "--trace", "trace.json"],
            environment: ["PLANTED": secret, "ASSAY_EMULATOR_KEY": secret])
        try process.run()
        var shown = ""
        while process.isRunning {
            shown += TestProject.processArguments()
            Thread.sleep(forTimeInterval: 0.1)
        }
        var said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        said += String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
        #expect(process.terminationStatus == (isRefused ? 1 : 0), "\(said.suffix(1500))")
        #expect(shown.contains("small.yaml"))
        if isRefused { #expect(said.contains("Incorrect API key provided: [redacted]"), "\(said.suffix(1500))") }
        for command in [["plan", "small.yaml"], ["explain", "small.yaml"], ["status"], ["show"], ["jobs", "--all"]] {
            let result = try project.assay(command, environment: ["PLANTED": secret])
            said += result.output + result.errors
        }
        #expect(!said.contains(secret))
        #expect(!shown.contains(secret))
        var looked = 0
        for path in try project.files() where !path.hasPrefix(server.folder) {
            let bytes = FileManager.default.contents(atPath: path) ?? Data()
            #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(path) holds the secret")
            looked += 1
        }
        #expect(looked > (isRefused ? 15 : 25), "\(looked) files")
        if !isRefused { #expect(try project.files().contains { $0.hasSuffix("report.html") }) }
    }

    // MARK: Two simultaneous runs

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
