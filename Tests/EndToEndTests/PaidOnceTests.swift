// Situations that could cause a double payment: lagging lists, lost results, providers that keep no tags.

import Foundation
import Synchronization
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct PaidOnceTests {
    // MARK: Lists that lag

    enum Restart: String, Sendable, CaseIterable { case forgotten, ledgerLost, elsewhere }

    /// Guards against two paid batches with one tag: a run is killed with the create call's reply at hand, and the next
    /// one knows nothing of it while the provider's list lags by a minute.
    @Test(arguments: Restart.allCases) func aLaggingListMakesNoSecondBatch(_ restart: Restart) throws {
        let here = try TestProject()
        try here.write("faults.yaml", "faults:\n  - { on: batches.list, after: 1, times: 3, stale: 60 }\n")
        let server = try here.emulator(["--faults", here.folder + "/faults.yaml"])
        defer { server.stop() }
        try here.write("small.yaml", BatchExperiment.spec())
        let environment = ["ASSAY_EMULATOR": server.address]
        let killed = try here.assay(
            "run", "small.yaml", "--json",
            environment: environment.merging(["ASSAY_KILL_AT": "after POST openai/batches#1"]) { $1 })
        #expect(killed.status == SIGKILL, "\(killed.errors)\(killed.output.suffix(1500))")
        #expect(try here.serverRecords("batches", server).count == 1)
        var there = here
        switch restart {
        case .forgotten:
            let forgotten = try here.assay("jobs", "forget", "1")
            #expect(forgotten.status == 0, "\(forgotten.errors)")
            #expect(try here.assay("jobs", "--all").output.contains("batch  forgotten"))
        case .ledgerLost: try here.removeLedger()
        case .elsewhere:
            there = try TestProject()
            try there.write("small.yaml", BatchExperiment.spec())
        }
        let run = try there.assay("run", "small.yaml", "--json", environment: environment)
        #expect(run.status == 0, "\(run.errors)\(run.output.suffix(1500))")
        #expect(run.output.contains("adopted batch"), "\(run.output.suffix(1500))")
        #expect(try here.serverRecords("batches", server).count == 1)
        #expect(try there.predictions(run).count == 9)
    }

    // MARK: Lost results

    /// Guards against a collected job that can never run again: its local results are lost, and the provider has lost the
    /// job, or only the file with its answers.
    @Test(arguments: [true, false]) func lostResultsArePaidForAgainOnlyWithRetry(isJobGone: Bool) throws {
        let project = try TestProject()
        try project.write("small.yaml", BatchExperiment.spec())
        #expect(try project.assay("run", "small.yaml", "--json").status == 0)
        let state = project.folder + "/.assay/"
        for name in ["results", "objects", "journal", "results.index"] {
            try FileManager.default.removeItem(atPath: state + name)
        }
        let gone = isJobGone ? ["emulator"] : try outputFiles(below: "emulator/small/files", of: project)
        for name in gone { try FileManager.default.removeItem(atPath: state + name) }
        for _ in 0..<2 {
            let run = try project.assay("run", "small.yaml", "--json")
            #expect(run.status == 1)
            #expect(run.output.contains("its local results are lost"), "\(run.output.suffix(1500))")
            #expect(run.output.contains("--retry"))
        }
        let jobs = try project.assay("jobs")
        #expect(jobs.output.contains("collected"), "\(jobs.output)")
        #expect(jobs.output.contains("'assay run --retry' pays for it again"), "\(jobs.output)")
        let retried = try project.assay("run", "small.yaml", "--json", "--retry")
        #expect(retried.status == 0, "\(retried.errors)\(retried.output.suffix(1500))")
        #expect(try project.predictions(retried).count == 9)
        #expect(try project.assay("jobs").output.contains("no open jobs"))
        #expect(try project.records("batches").count == (isJobGone ? 1 : 2))
        #expect(try project.assay("run", "small.yaml", "--json").end["ran"] as? Int == 0)
    }

    /// The emulator's files with answers of batches, relative to the state folder.
    private func outputFiles(below folder: String, of project: TestProject) throws -> [String] {
        let root = project.folder + "/.assay/" + folder
        return try FileManager.default.contentsOfDirectory(atPath: root).filter { name in
            guard name.hasSuffix(".json"), let data = FileManager.default.contents(atPath: root + "/" + name),
                let record = try JSONSerialization.jsonObject(with: data) as? [String: Any],
                let object = record["object"] as? [String: Any]
            else { return false }
            return object["purpose"] as? String == "batch_output"
        }.map { folder + "/" + $0 }
    }

    // MARK: Providers that keep no tags

    struct Untagged: Sendable, CustomTestStringConvertible {
        var id: String
        var route: String
        var keeps: UntaggedProvider.Keeps
        /// The outcome of the second and later runs.
        var status: Int32 = 0
        var testDescription: String { id }
    }

    static let untagged: [Untagged] = [
        Untagged(id: "a fine-tune without a suffix in the answer", route: "tuned", keeps: .init(fileNames: true)),
        Untagged(id: "its suffix is only in the model's name", route: "tuned", keeps: .init(modelName: true)),
        Untagged(id: "its suffix is only in the metadata", route: "tuned", keeps: .init(metadata: true)),
        Untagged(id: "a fine-tune of which nothing is kept", route: "tuned", keeps: .init(), status: 5),
        Untagged(id: "a batch without metadata", route: "base", keeps: .init(fileNames: true)),
        Untagged(id: "a batch that keeps the tag under another name", route: "base", keeps: .init(metadata: true)),
        Untagged(id: "a running batch of which nothing is kept", route: "base", keeps: .init(), status: 5),
    ]

    /// Guards against a second payment from another store if the provider's replies lack the tag: the job is found by
    /// its other properties, or a person is asked before anything is paid for.
    @Test(arguments: untagged) func threeStoresPayOnce(_ item: Untagged) throws {
        let provider = UntaggedProvider(keeps: item.keeps)
        let server = try TestServer { request, _ in provider.answer(request) }
        defer { server.stop() }
        for number in 1...3 {
            let project = try TestProject()
            try project.write("prices.yaml", ProviderTests.prices)
            try project.write("small.yaml", spec(server.url, route: item.route))
            // The first store only submits, unless the case needs the end of its job.
            let isSent = number == 1 && !item.keeps.modelName
            let run = try project.assay(
                ["run", "small.yaml", "--yes", "--json"] + (isSent ? ["--detach"] : []), environment: ["KEY": "k"])
            let status = isSent ? 75 : number == 1 ? 0 : item.status
            #expect(run.status == status, "\(number): \(run.errors)\(run.output.suffix(1500))")
            #expect(run.output.contains("adopted") == (number > 1 && status == 0), "\(number): \(run.output.suffix(1500))")
            if status == 5 {
                let jobs = try project.assay("jobs").output
                #expect(jobs.contains("if it is one of these: 'assay jobs adopt 1 ID'"), "\(jobs)")
            }
        }
        #expect(provider.jobs == 1)
    }

    private func spec(_ url: String, route: String) -> String {
        ProviderTests.spec(
            dataset: ProviderTests.drawn,
            providers: "srv: { kind: openai, endpoint: \"\(url)/v1\", api_key: \"${KEY}\" }",
            models: route == "base"
                ? "  base: { provider: srv, model: llava, batch_deployment: llava }"
                : """
                  tuned:
                    provider: srv
                    fine_tune:
                      model: shapes-base
                      method: supervised
                      data: { split: main, prompt: classify, detail: low, answer: text }
                      hyperparameters: { batch_size: 6, learning_rate_multiplier: 0.5, n_epochs: 2 }
                      seed: 42
                """,
            evaluations: route == "base" ? "base: { batch: plain }" : "tuned: { online: plain }")
    }
}

/// An OpenAI-like provider that forgets the metadata of a job. Its clock jumps, so that no test waits.
final class UntaggedProvider: Sendable {
    struct Keeps: Sendable {
        /// The names of uploaded files.
        var fileNames = false
        /// The suffix inside a finished model's name.
        var modelName = false
        /// The tag, under a name of the provider's own.
        var metadata = false
    }

    private struct State {
        var skew = 0.0
        var files: [String: (name: String, body: String)] = [:]
        var jobs: [[String: any Sendable]] = []
    }

    private let keeps: Keeps
    private let state = Mutex(State())

    init(keeps: Keeps) { self.keeps = keeps }

    var jobs: Int { state.withLock { $0.jobs.count } }

    private static func json(_ object: Any) -> TestServer.Reply {
        let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
        return .answer(200, ["Content-Type": "application/json"], body: data)
    }

    func answer(_ request: TestServer.Request) -> TestServer.Reply {
        state.withLock { state in
            let body = (try? JSONSerialization.jsonObject(with: request.body)) as? [String: Any] ?? [:]
            let parts = request.path.split(separator: "/").map(String.init)
            switch (request.method, parts.dropFirst().first ?? "") {
            case (_, "clock"): return Self.json(["now": Date().timeIntervalSince1970 + state.skew, "computing": false])
            case (_, "wait"):
                state.skew += body["seconds"] as? Double ?? 0
                return Self.json(["now": Date().timeIntervalSince1970 + state.skew, "computing": false])
            case ("POST", "chat"): return .json(200, Self.completion)
            case ("POST", "files"): return upload(request, &state)
            case ("GET", "files"): return file(parts, &state)
            case ("POST", "batches"), ("POST", "fine_tuning"): return create(parts[1], body, &state)
            case ("GET", "batches"), ("GET", "fine_tuning"): return look(parts, &state)
            default: return .json(404, "{\"error\":{\"message\":\"no such path\"}}")
            }
        }
    }

    private static let completion = """
        {"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant",
        "content":"circle"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}
        """

    private func upload(_ request: TestServer.Request, _ state: inout State) -> TestServer.Reply {
        let text = request.text
        let name = text.firstMatch(of: #/filename="([^"]*)"/#).map { String($0.output.1) } ?? ""
        let content =
            text.components(separatedBy: "filename=").last?.components(separatedBy: "\r\n\r\n").dropFirst()
            .joined(separator: "\r\n\r\n").components(separatedBy: "\r\n--").first ?? ""
        let id = "file-\(state.files.count + 1)"
        state.files[id] = (name, content)
        return Self.json(shown(id, name))
    }

    private func shown(_ id: String, _ name: String) -> [String: Any] {
        keeps.fileNames
            ? ["id": id, "object": "file", "filename": name, "purpose": "batch", "status": "processed"]
            : ["id": id, "object": "file", "purpose": "batch", "status": "processed"]
    }

    private func file(_ parts: [String], _ state: inout State) -> TestServer.Reply {
        guard parts.count > 2 else { return Self.json(["object": "list", "data": [], "has_more": false]) }
        let id = parts[2]
        guard let file = state.files[id] else { return .json(404, "{\"error\":{\"message\":\"no file\"}}") }
        guard parts.count > 3 else { return Self.json(shown(id, file.name)) }
        let lines = file.body.split(separator: "\n").compactMap { line -> String? in
            guard let asked = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let number = asked["custom_id"] as? String
            else { return nil }
            let completion = Self.completion.replacingOccurrences(of: "\n", with: "")
            return "{\"custom_id\":\"\(number)\",\"response\":{\"status_code\":200,\"body\":\(completion)},\"error\":null}"
        }
        return .answer(200, ["Content-Type": "application/jsonl"], body: Data(lines.joined(separator: "\n").utf8))
    }

    private func create(_ kind: String, _ body: [String: Any], _ state: inout State) -> TestServer.Reply {
        let number = state.jobs.count + 1
        var job: [String: any Sendable] = ["created_at": 1_800_000_000 + number, "polls": 0, "kind": kind]
        if kind == "batches" {
            job["id"] = "batch_\(number)"
            job["object"] = "batch"
            job["status"] = "in_progress"
            job["input_file_id"] = body["input_file_id"] as? String
            job["endpoint"] = body["endpoint"] as? String
            if keeps.metadata, let sent = body["metadata"] as? [String: String] {
                job["metadata"] = ["kept": sent["assay"] ?? ""]
            }
        } else {
            job["id"] = "ftjob-\(number)"
            job["object"] = "fine_tuning.job"
            job["status"] = "running"
            job["model"] = body["model"] as? String
            job["training_file"] = body["training_file"] as? String
            job["validation_file"] = body["validation_file"] as? String
            job["seed"] = body["seed"] as? Int
            job["hyperparameters"] = ["n_epochs": 2, "batch_size": 6]
            if let sent = body["hyperparameters"] as? [String: Any], let rate = sent["learning_rate_multiplier"] as? Double {
                job["hyperparameters"] = ["n_epochs": 2, "batch_size": 6, "learning_rate_multiplier": rate] as [String: Double]
            }
            job["sent_suffix"] = body["suffix"] as? String
            if keeps.metadata { job["metadata"] = ["name": body["suffix"] as? String ?? ""] }
        }
        state.jobs.append(job)
        return Self.json(visible(job))
    }

    private func visible(_ job: [String: any Sendable]) -> [String: Any] {
        job.filter { !["polls", "kind", "sent_suffix"].contains($0.key) }
    }

    private func look(_ parts: [String], _ state: inout State) -> TestServer.Reply {
        let kind = parts[1]
        let place = kind == "batches" ? 2 : 3
        guard parts.count > place else {
            let data = state.jobs.filter { $0["kind"] as? String == kind }.reversed().map(visible)
            return Self.json(["object": "list", "data": data, "has_more": false])
        }
        guard parts.count == place + 1 else { return Self.json(["object": "list", "data": [], "has_more": false]) }
        guard let index = state.jobs.firstIndex(where: { $0["id"] as? String == parts[place] }) else {
            return .json(404, "{\"error\":{\"message\":\"no job\"}}")
        }
        let polls = (state.jobs[index]["polls"] as? Int ?? 0) + 1
        state.jobs[index]["polls"] = polls
        if polls > 2 || keeps.modelName {
            if kind == "batches" {
                state.jobs[index]["status"] = "completed"
                state.jobs[index]["output_file_id"] = state.jobs[index]["input_file_id"]
            } else {
                state.jobs[index]["status"] = "succeeded"
                state.jobs[index]["finished_at"] = 1_800_000_100
                state.jobs[index]["trained_tokens"] = 1000
                let suffix = keeps.modelName ? state.jobs[index]["sent_suffix"] as? String ?? "" : ""
                state.jobs[index]["fine_tuned_model"] = keeps.modelName ? "ft:shapes-base:org:\(suffix):Ab12Cd34" : "tuned-1"
            }
        }
        return Self.json(visible(state.jobs[index]))
    }
}
