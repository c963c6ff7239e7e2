// Archives from an unreliable server, OpenAI's dialect, compatible servers, other fine-tuning methods, other prices.

import Basics
import Foundation
import Platform
import TestServer
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct ProviderTests {
    /// A spec with a batch of the emulator's base model and nothing else.
    static func spec(dataset: String, providers: String, models: String, evaluations: String) -> String {
        """
        assay: 1
        name: provider
        dataset: \(dataset)
        splits:
          main: { train: 6, validation: 1, test: 3, order: name }
        prompts:
          classify:
            system: "Classify the following input image into one of the following categories: [{{ labels }}]."
            user: [image]
        requests:
          json:  { prompt: classify, detail: low, answer: { json: label, name: Classification } }
          plain: { prompt: classify, detail: low, answer: text, max_tokens: 20, temperature: 0, seed: 42 }
        providers:
          \(providers)
        models:
        \(models)
        evaluations:
          accuracy: { split: main.test, models: { \(evaluations) } }
        prices: prices.yaml
        """
    }

    static let prices = """
        assay-prices: 1
        date: 2025-09-01
        hosting_per_hour: { Standard: 1.70 }
        models:
          shapes-base: { input: 2.50, output: 10.00, training: { standard: 25.00 } }
          llava: { input: 1, output: 1 }
        """

    static let drawn = "{ generate: { pictures: shapes, labels: 3, per_label: 10, seed: 7 } }"

    /// The last lines of a failed run's output.
    static func words(_ result: TestProject.Result) -> Comment { "\(result.errors)\n\(result.output.suffix(2000))" }

    /// A tar of the published layout: `Images/n0-circle/1.png`.
    private func archive(_ project: TestProject) async throws -> Data {
        let script = TestProject.root + "/scripts/draw-pictures.py"
        let made = try await ChildProcess.run(ChildCommand("python3", [script, project.folder + "/drawn", "10"]))
        guard made.status.isSuccess else { throw Failure(text: made.errorTail) }
        let images = project.folder + "/Images"
        try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
        for (index, label) in ["circle", "square", "cross"].enumerated() {
            try FileManager.default.moveItem(
                atPath: project.folder + "/drawn/" + label, toPath: images + "/n0\(index)-\(label)")
        }
        let packed = try await ChildProcess.run(
            ChildCommand("tar", ["-cf", project.folder + "/images.tar", "-C", project.folder, "Images"]))
        guard packed.status.isSuccess else { throw Failure(text: packed.errorTail) }
        return try Data(contentsOf: URL(fileURLWithPath: project.folder + "/images.tar"))
    }

    struct Failure: Error { var text: String }

    private static let hasPython =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")
        || FileManager.default.isExecutableFile(atPath: "/usr/local/bin/python3")

    @Test(.enabled(if: hasPython, "needs python3 to draw pictures"))
    func anArchiveIsFetchedPastCutsAndChecked() async throws {
        let project = try TestProject()
        let archive = try await archive(project)
        let server = try TestServer { request, index in
            let from = request["range"]?.firstMatch(of: #/bytes=(\d+)-/#).flatMap { Int($0.output.1) } ?? 0
            let rest = archive.dropFirst(from)
            var fields = ["Accept-Ranges": "bytes", "ETag": "\"one\""]
            if from > 0 { fields["Content-Range"] = "bytes \(from)-\(archive.count - 1)/\(archive.count)" }
            let status = from > 0 ? 206 : 200
            // Two cuts in the middle, then one before any byte.
            if index == 2 { return .cut }
            guard index < 2 else { return .answer(status, fields, body: Data(rest)) }
            let piece = Data(rest.prefix(rest.count / 3))
            return .short(status, fields, body: piece, missing: rest.count - piece.count)
        }
        defer { server.stop() }
        func spec(_ digest: String) -> String {
            Self.spec(
                dataset: """
                    { archive: "\(server.url)/images.tar", sha256: \(digest), label: { after: "-" } }
                    """,
                providers: "local: { kind: emulator, account: provider }",
                models: "  base: { provider: local, model: shapes-base, batch_deployment: base-batch }",
                evaluations: "base: { batch: json }")
        }
        try project.write("prices.yaml", Self.prices)
        try project.write("spec.yaml", spec(Digest(of: archive).hex))
        let first = try project.assay("run", "spec.yaml", "--json")
        #expect(first.status == 0, Self.words(first))
        #expect(first.steps("ran").contains("fetch-archive:dataset"))
        // Bytes in a cut connection may be lost; received bytes are not requested again.
        let offsets = server.requests.map { request in
            request["range"].flatMap { Int($0.drop { !$0.isNumber }.dropLast()) } ?? 0
        }
        #expect(offsets.count == 4 && offsets == offsets.sorted() && offsets[0] == 0, "\(offsets)")
        #expect(offsets[1] > 0 && offsets[1] <= archive.count / 3 && offsets[2] > offsets[1], "\(offsets)")
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.end["ran"] as? Int == 0)
        #expect(server.requests.count == 4)

        try project.write("wrong.yaml", spec(Digest(of: "other").hex))
        let wrong = try project.assay("run", "wrong.yaml", "--json")
        #expect(wrong.status == 1)
        #expect((wrong.output + wrong.errors).contains("does not match sha256"))
    }

    /// An emulator in a separate process.
    private func emulator(_ project: TestProject) throws -> (process: Process, address: String) {
        let (process, _, output) = project.process(
            [
                "emulate", "--account", "openai", "--folder", project.folder + "/emulated", "--model", "shapes-base", "--key",
                "sk-test",
            ])
        try process.run()
        let deadline = Date().addingTimeInterval(30)
        while Date() < deadline {
            let text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
            if let match = text.firstMatch(of: #/listening on (\S+)/#) { return (process, String(match.output.1)) }
            Thread.sleep(forTimeInterval: 0.05)
        }
        process.terminate()
        throw Failure(text: "the emulator does not listen")
    }

    @Test func openAIRunsTheWholeExperimentAndIsPricedAgain() throws {
        let project = try TestProject()
        let (process, address) = try emulator(project)
        defer { process.terminate() }
        try project.write("prices.yaml", Self.prices)
        try project.write("later.yaml", Self.prices.replacing("2.50", with: "5.00").replacing("2025-09", with: "2026-11"))
        try project.write(
            "spec.yaml",
            Self.spec(
                dataset: Self.drawn,
                providers: "there: { kind: openai, endpoint: \"\(address)/v1\", api_key: \"${TEST_KEY}\" }",
                models: """
                      base: { provider: there, model: shapes-base }
                      tuned:
                        provider: there
                        fine_tune:
                          model: shapes-base
                          data: { split: main, prompt: classify, detail: low }
                          hyperparameters: { n_epochs: 2, batch_size: 6 }
                          seed: 42
                    """,
                evaluations: "base: { batch: json }, tuned: { online: plain }"))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes", environment: ["TEST_KEY": "sk-test"])
        #expect(run.status == 0, Self.words(run))
        let requests = try requests(project.folder + "/emulated/openai/requests.jsonl")
        #expect(requests.allSatisfy { $0.path.hasPrefix("/v1/") || $0.path.hasPrefix("/emulator/") })
        #expect(requests.filter { $0.operation == "batches.create" }.count == 1)
        #expect(requests.filter { $0.operation == "fine_tuning.jobs.create" }.count == 1)
        #expect(requests.filter { $0.operation == "chat.completions" }.count == 9)
        #expect(requests.allSatisfy { $0.status < 400 })
        #expect(!requests.contains { $0.operation.hasPrefix("deployments") })
        #expect(!(run.output + run.errors).contains("sk-test"))

        func cost(_ arguments: [String]) throws -> Double {
            let (process, _, output) = project.process(["report", "--format", "json"] + arguments)
            try process.run()
            process.waitUntilExit()
            let data = FileManager.default.contents(atPath: output) ?? Data()
            let metrics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let variant = try #require((metrics["variants"] as? [String: Any])?["default"] as? [String: Any])
            let evaluations = try #require(variant["evaluations"] as? [String: Any])
            let base = (evaluations["accuracy"] as? [String: Any])?["base"] as? [String: Any]
            return try #require(base?["result_cost_usd"] as? Double)
        }
        let before = requests.count
        let (was, now) = (try cost([]), try cost(["--prices", "later.yaml"]))
        #expect(was > 0 && now > was * 1.5 && now < was * 2, "\(was) \(now)")
        #expect(try self.requests(project.folder + "/emulated/openai/requests.jsonl").count == before)
    }

    private struct Logged {
        var path: String
        var operation: String
        var status: Int
    }

    private func requests(_ path: String) throws -> [Logged] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard let path = entry?["path"] as? String, !path.hasPrefix("/emulator") else { return nil }
            return Logged(
                path: path, operation: entry?["operation"] as? String ?? "", status: entry?["status"] as? Int ?? 0)
        }
    }

    @Test func aServerThatOnlyChatsIsAnOnlineModel() throws {
        let project = try TestProject()
        // A stand-in for vLLM, Ollama or llama.cpp: no key, no usage, no fingerprint.
        let server = try TestServer { request, _ in
            guard request.path == "/v1/chat/completions", request["authorization"] == nil,
                request.text.contains(#""model": "llava""#), request.text.contains("data:image/jpeg;base64,")
            else { return .json(404, #"{"error":{"message":"no such path"}}"#) }
            return .json(
                200,
                #"{"id":"1","object":"chat.completion","created":1,"model":"llava","choices":[{"index":0,"#
                    + #""message":{"role":"assistant","content":"circle"},"finish_reason":"stop"}]}"#)
        }
        defer { server.stop() }
        try project.write("prices.yaml", Self.prices)
        try project.write(
            "spec.yaml",
            Self.spec(
                dataset: Self.drawn, providers: "here: { kind: openai, endpoint: \"\(server.url)/v1\" }",
                models: "  base: { provider: here, model: llava }", evaluations: "base: { online: plain }"))
        let run = try project.assay("run", "spec.yaml", "--json", "--yes")
        #expect(run.status == 0, Self.words(run))
        #expect(server.requests.filter { $0.path == "/v1/chat/completions" }.count == 9)
        let report = try #require(run.end["report"] as? String)
        let folder = URL(fileURLWithPath: report).deletingLastPathComponent()
        let predictions = try String(contentsOf: folder.appendingPathComponent("predictions.csv"), encoding: .utf8)
        #expect(predictions.split(separator: "\n").filter { $0.contains(",circle,circle,true") }.count == 3)
    }

    @Test func everyMethodTrainsAndCheckpointsAreMeasured() throws {
        let project = try TestProject()
        let spec = try String(contentsOfFile: TestProject.root + "/scripts/conformance.yaml", encoding: .utf8)
        try project.write("spec.yaml", spec)
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, Self.words(run))
        let report = try #require(run.end["report"] as? String)
        let folder = URL(fileURLWithPath: report).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("metrics.json"))
        let metrics = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let variant = try #require((metrics["variants"] as? [String: Any])?["default"] as? [String: Any])
        let accuracy = try #require((variant["evaluations"] as? [String: Any])?["accuracy"] as? [String: Any])
        let rows = ["base", "supervised@epoch-1", "supervised@epoch-2", "supervised", "dpo", "reinforcement"]
        #expect(Set(accuracy.keys).isSuperset(of: rows), "\(accuracy.keys)")
        for row in rows { #expect((accuracy[row] as? [String: Any])?["n"] as? Int == 6) }
        // Each of the five tuned models had a separate deployment, and all were deleted.
        let requests = try project.requests(account: "conformance")
        #expect(requests["deployments.put"] == 5)
        #expect(requests["deployments.delete"] == 5)
        #expect(requests["fine_tuning.jobs.create"] == 3)
    }
}
