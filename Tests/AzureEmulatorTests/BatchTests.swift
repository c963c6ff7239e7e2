// Batches: from upload to output, rejections in validation, and final states.

import AzureEmulator
import AzureWire
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing

struct BatchTests {
    private func create(_ rig: Rig, _ file: String) async throws -> JSONValue {
        try await rig.json(
            .post, "/openai/batches",
            [
                "input_file_id": .string(file), "endpoint": "/chat/completions", "completion_window": "24h",
                "metadata": ["key": "0123456789abcdef"],
            ])
    }

    @Test func answersEveryLineAndSeparatesInvalidOnes() async throws {
        let rig = try await Rig.start()
        var lines = (0..<70).map { Rig.batchLine(String($0), Rig.labels[$0 % 3]) }
        lines.append(
            #"{"custom_id":"bad","method":"POST","url":"/chat/completions","body":{"model":"base-batch"}}"#)
        let file = try await rig.processedFile(lines.joined(separator: "\n") + "\n")
        let created = try await create(rig, file)
        #expect(created["status"]?.string == "validating")
        // As the service's own samples show a batch right after its creation.
        #expect(created["output_file_id"] == "" && created["error_file_id"] == "")
        #expect(created["errors"] == .null && created["completed_at"] == .null)
        let id = try #require(created["id"]?.string)
        let done = try await rig.settled("/openai/batches/\(id)", until: ["completed", "failed"])
        #expect(done["status"] == "completed")
        #expect(done["request_counts"] == ["total": 71, "completed": 70, "failed": 1])
        #expect(done["metadata"] == ["key": "0123456789abcdef"])
        #expect(done["endpoint"] == "/chat/completions")

        let output = try await rig.send(.get, "/openai/files/\(done["output_file_id"]?.string ?? "")/content")
        let answers = try String(decoding: output.body, as: UTF8.self).split(separator: "\n").map {
            try JSONDecoder().decode(BatchOutputLine.self, from: Data($0.utf8))
        }
        #expect(answers.count == 70)
        #expect(answers.map(\.customID) != (0..<70).map(String.init), "the order is not that of the input")
        for answer in answers {
            guard case .completion(let completion)? = answer.response?.body, let number = Int(answer.customID) else {
                Issue.record("not a completion: \(answer)")
                continue
            }
            #expect(completion.choices.first?.message.content == Rig.labels[number % 3])
        }
        let errors = try await rig.send(.get, "/openai/files/\(done["error_file_id"]?.string ?? "")/content")
        let failed = try JSONDecoder().decode(BatchOutputLine.self, from: errors.body)
        #expect(failed.customID == "bad")
        #expect(failed.response?.statusCode == 400)
        // 71 lines, 2 messages: 12 tokens of prompt, 85 of image; half the price of 2.50 and 10 a million.
        let bill = try #require(await rig.emulator.bill())
        #expect(bill.batches.first?.promptTokens == 70 * (12 + 85))
        #expect(bill.batches.first?.usd == Money(dollars: (70 * 97 * 2.5 + 70 * 10) / 2_000_000))
        await rig.close()
    }

    @Test func aBatchOfAFileThatIsNotProcessedIsRefused() async throws {
        let rig = try await Rig.start()
        let sent = try await rig.upload(Rig.batchLine("1", "cat"))
        let id = try JSONValue(parsing: sent.body)["id"]?.string ?? ""
        let response = try await rig.send(
            .post, "/openai/batches",
            json: [
                "input_file_id": .string(id), "endpoint": "/v1/chat/completions", "completion_window": "24h",
            ])
        #expect(response.status == 400)
        #expect(String(decoding: response.body, as: UTF8.self).contains("not processed"))
        await rig.close()
    }

    struct Refusal: CustomTestStringConvertible {
        var id: String
        var content: String
        var code: String
        var maxLines = 100_000
        var testDescription: String { id }
    }

    static let refusals = [
        Refusal(id: "byte order mark", content: "\u{FEFF}" + Rig.batchLine("1", "cat"), code: "model_not_found"),
        Refusal(id: "empty file", content: "", code: "empty_file"),
        Refusal(id: "blank lines only", content: "\n  \n", code: "empty_batch"),
        Refusal(
            id: "same custom_id", content: Rig.batchLine("1", "cat") + "\n" + Rig.batchLine("1", "dog"),
            code: "duplicate_custom_id"),
        Refusal(
            id: "two models", content: Rig.batchLine("1", "cat") + "\n" + Rig.batchLine("2", "dog", model: "base"),
            code: "model_mismatch"),
        Refusal(
            id: "two urls",
            content: Rig.batchLine("1", "cat") + "\n"
                + Rig.batchLine("2", "dog").replacing("/chat/completions", with: "/v1/chat/completions"),
            code: "url_mismatch"),
        Refusal(
            id: "too many lines", content: Rig.batchLine("1", "cat") + "\n" + Rig.batchLine("2", "dog"),
            code: "too_many_tasks", maxLines: 1),
        Refusal(id: "no JSON", content: Rig.batchLine("1", "cat") + "\n{", code: "invalid_json_line"),
        Refusal(id: "no such deployment", content: Rig.batchLine("1", "cat", model: "none"), code: "model_not_found"),
        Refusal(
            id: "deployment for chats", content: Rig.batchLine("1", "cat", model: "base"), code: "invalid_request"),
    ]

    @Test(arguments: refusals)
    func validationRefuses(_ refusal: Refusal) async throws {
        let rig = try await Rig.start { $0.limits.batchLines = refusal.maxLines }
        let created = try await create(rig, try await rig.processedFile(refusal.content))
        let done = try await rig.settled(
            "/openai/batches/\(created["id"]?.string ?? "")", until: ["completed", "failed"])
        #expect(done["status"] == "failed")
        #expect(done["errors"]?["data"]?.array?.first?["code"]?.string == refusal.code)
        await rig.close()
    }

    @Test func tokensBeyondTheQuotaAreRefusedInValidationOrAtCreate() async throws {
        for check in [ServiceLimits.QuotaCheck.inValidation, .atCreate] {
            let rig = try await Rig.start {
                $0.limits.enqueuedTokens = 150
                $0.limits.quotaCheck = check
            }
            let file = try await rig.processedFile(Rig.batchLine("1", "cat") + "\n" + Rig.batchLine("2", "dog"))
            let response = try await rig.send(
                .post, "/openai/batches",
                json: [
                    "input_file_id": .string(file), "endpoint": "/chat/completions", "completion_window": "24h",
                ])
            if check == .atCreate {
                #expect(rig.errorCode(response) == "token_limit_exceeded")
            } else {
                let id = try JSONValue(parsing: response.body)["id"]?.string ?? ""
                let done = try await rig.settled("/openai/batches/\(id)", until: ["failed", "completed"])
                #expect(done["errors"]?["data"]?.array?.first?["code"] == "token_limit_exceeded")
            }
            await rig.close()
        }
    }

    @Test func aCancelledBatchKeepsItsFiles() async throws {
        let rig = try await Rig.start {
            var fault = Fault(on: "batches.create")
            fault.stalls = 7200
            $0.faults = FaultScript(faults: [fault])
        }
        let created = try await create(rig, try await rig.processedFile(Rig.batchLine("1", "cat")))
        let path = "/openai/batches/\(created["id"]?.string ?? "")"
        _ = try await rig.settled(path, until: ["in_progress"])
        let cancelling = try await rig.json(.post, path + "/cancel")
        #expect(cancelling["status"] == "cancelling")
        let done = try await rig.settled(path, until: ["cancelled"])
        #expect(done["output_file_id"]?.string?.hasPrefix("file-") == true)
        await rig.close()
    }

    /// Regression: cancelled between the end of a computation and its being noted, a batch stayed `cancelling`.
    @Test func aBatchCancelledAtAnyMomentEnds() async throws {
        let first = try await Rig.start()
        let file = try await first.processedFile(Rig.batchLine("1", "cat"))
        func cancelled(after microseconds: Int) async throws -> String {
            let path = "/openai/batches/\(try await create(first, file)["id"]?.string ?? "")"
            try await Task.sleep(for: .microseconds(microseconds))
            _ = try await first.json(.post, path + "/cancel")
            return path
        }
        for microseconds in stride(from: 0, to: 4_000, by: 100) {
            _ = try await first.settled(cancelled(after: microseconds), until: ["cancelled"])
        }
        let last = try await cancelled(after: 0)
        await first.emulator.stop()
        let second = try await Rig.start(folder: first.folder)
        _ = try await second.settled(last, until: ["cancelled"])
        await second.close()
    }

    @Test func itContinuesAfterARestart() async throws {
        let first = try await Rig.start()
        let lines = (0..<5).map { Rig.batchLine(String($0), "cat") }.joined(separator: "\n")
        let created = try await create(first, try await first.processedFile(lines))
        let path = "/openai/batches/\(created["id"]?.string ?? "")"
        let before = await first.emulator.now()
        await first.emulator.stop()
        let second = try await Rig.start(folder: first.folder)
        #expect(await second.emulator.now() >= before)
        let done = try await second.settled(path, until: ["completed", "failed"])
        #expect(done["request_counts"] == ["total": 5, "completed": 5, "failed": 0])
        await second.close()
    }

    @Test func listsPageByPage() async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile(Rig.batchLine("1", "cat"))
        for _ in 0..<5 { _ = try await create(rig, file) }
        var found: [String] = []
        var after = ""
        while true {
            let page = try await rig.json(
                .get, "/openai/batches?api-version=\(Rig.version)&limit=2" + (after.isEmpty ? "" : "&after=\(after)"))
            found += (page["data"]?.array ?? []).compactMap { $0["id"]?.string }
            guard page["has_more"] == true else { break }
            after = page["last_id"]?.string ?? ""
        }
        #expect(Set(found).count == 5)
        await rig.close()
    }
}
