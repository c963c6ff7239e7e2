// Preferences and rewards, pausing, and skipped images.

import AzureEmulator
import AzureWire
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing
import VisionProtocol

struct MethodTests {
    static let grader: JSONValue = [
        "type": "string_check", "name": "label", "operation": "eq", "input": "{{sample.output_text}}",
        "reference": "{{item.reference_answer}}",
    ]

    static func pair(_ label: String, _ other: String) -> String {
        JSONValue.object([
            "input": ["messages": Rig.messages(label)],
            "preferred_output": [["role": "assistant", "content": .string(label)]],
            "non_preferred_output": [["role": "assistant", "content": .string(other)]],
        ]).canonical
    }

    static func graded(_ label: String) -> String {
        JSONValue.object(["messages": Rig.messages(label), "reference_answer": .string(label)]).canonical
    }

    static let pairs = (0..<12).map { pair(Rig.labels[$0 % 3], Rig.labels[($0 + 1) % 3]) }.joined(separator: "\n")
    static let prompts = (0..<12).map { graded(Rig.labels[$0 % 3]) }.joined(separator: "\n")

    private func job(
        _ rig: Rig, _ data: String, _ method: JSONValue, model: String = "shapes-base"
    ) async throws
        -> JSONValue
    {
        let file = try await rig.processedFile(data, purpose: "fine-tune")
        return try await rig.json(
            .post, "/openai/fine_tuning/jobs",
            ["model": .string(model), "training_file": .string(file), "seed": 1, "method": method])
    }

    static let preferences: JSONValue = [
        "type": "dpo", "dpo": ["hyperparameters": ["n_epochs": 2, "batch_size": 4, "beta": 0.2]],
    ]
    static let rewards: JSONValue = [
        "type": "reinforcement", "reinforcement": ["grader": grader, "hyperparameters": ["n_epochs": 1]],
    ]
    static let methods: [(String, JSONValue)] = [(pairs, preferences), (prompts, rewards)]

    @Test func preferencesAndRewardsGoTheWholeWay() async throws {
        let rig = try await Rig.start()
        for (data, method) in Self.methods {
            let created = try await job(rig, data, method)
            #expect(created["method"] == method)
            #expect(created["hyperparameters"]?["beta"] == nil, "it stands in the method")
            let done = try await rig.settled(
                "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded", "failed"])
            #expect(done["status"] == "succeeded", "\(done)")
            #expect((done["trained_tokens"]?.int ?? 0) > 0)
        }
        let bill = try #require(await rig.emulator.bill())
        // Reinforcement is billed by the hour: five minutes of virtual time and what computing took.
        let hours = try #require(bill.fineTuning.last?.usd.dollars) / 100
        #expect(hours > 0.08 && hours < 0.2, "\(hours)")
        await rig.close()
    }

    struct Refusal: CustomTestStringConvertible {
        var id: String
        var method: JSONValue
        var testDescription: String { id }
    }

    static let refusals = [
        Refusal(id: "unknown method", method: ["type": "ppo"]),
        Refusal(id: "no grader", method: ["type": "reinforcement"]),
        Refusal(
            id: "bad grader",
            method: ["type": "reinforcement", "reinforcement": ["grader": ["type": "string_check", "operation": "x"]]]),
        Refusal(
            id: "a grader that asks a model",
            method: ["type": "reinforcement", "reinforcement": ["grader": ["type": "score_model", "model": "m"]]]),
        Refusal(
            id: "beta of 3", method: ["type": "dpo", "dpo": ["hyperparameters": ["beta": 3]]]),
        Refusal(
            id: "beta for examples", method: ["type": "supervised", "supervised": ["hyperparameters": ["beta": 0.1]]]),
        Refusal(
            id: "effort for preferences", method: ["type": "dpo", "dpo": ["hyperparameters": ["reasoning_effort": "low"]]]),
        Refusal(
            id: "compute of 11",
            method: [
                "type": "reinforcement",
                "reinforcement": ["grader": grader, "hyperparameters": ["compute_multiplier": 11]],
            ]),
    ]

    @Test(arguments: refusals) func refuses(_ refusal: Refusal) async throws {
        let rig = try await Rig.start()
        let file = try await rig.processedFile(Rig.training(12), purpose: "fine-tune")
        let answer = try await rig.send(
            .post, "/openai/fine_tuning/jobs",
            json: ["model": "shapes-base", "training_file": .string(file), "method": refusal.method])
        #expect(answer.status == 400)
        #expect(rig.errorCode(answer) == "invalidPayload")
        await rig.close()
    }

    struct WrongFile: CustomTestStringConvertible {
        var id: String
        var type: String
        var data: String
        var reason: String
        var testDescription: String { id }
    }

    static let wrongFiles = [
        WrongFile(
            id: "examples for preferences", type: "dpo", data: Rig.training(12), reason: "preference pair"),
        WrongFile(id: "preferences for examples", type: "supervised", data: pairs, reason: "chat example"),
        WrongFile(
            id: "answers for rewards", type: "reinforcement", data: Rig.training(12),
            reason: "the last message must be the user's"),
        WrongFile(
            id: "same answers", type: "dpo", data: (0..<12).map { _ in pair("cat", "cat") }.joined(separator: "\n"),
            reason: "the same"),
        WrongFile(
            id: "nine pairs", type: "dpo", data: (0..<9).map { _ in pair("cat", "dog") }.joined(separator: "\n"),
            reason: "at least 10"),
    ]

    @Test(arguments: wrongFiles) func failsOnData(_ file: WrongFile) async throws {
        let rig = try await Rig.start()
        let settings: JSONValue = file.type == "reinforcement" ? ["grader": Self.grader] : [:]
        let created = try await job(rig, file.data, .object(["type": .string(file.type), file.type: settings]))
        let done = try await rig.settled(
            "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")", until: ["succeeded", "failed"])
        #expect(done["status"] == "failed")
        #expect(done["error"]?["message"]?.string?.contains(file.reason) == true, "\(done["error"] ?? .null)")
        await rig.close()
    }

    @Test func greyImagesAreSkippedAndReported() async throws {
        let rig = try await Rig.start()
        // The heads of grey PNGs of 3 by 2 pixels.
        let head =
            Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8))
            + Data([0, 0, 0, 3, 0, 0, 0, 2, 8, 0, 0, 0, 0])
        let grey = (0..<3).map { _ in
            Rig.trainingLine("cat").replacing(
                Data("label:cat".utf8).base64EncodedString(), with: head.base64EncodedString())
        }
        let data = Rig.training(12) + grey.joined(separator: "\n")
        let created = try await job(rig, data, ["type": "supervised"])
        let path = "/openai/fine_tuning/jobs/\(created["id"]?.string ?? "")"
        let done = try await rig.settled(path, until: ["succeeded", "failed"])
        #expect(done["status"] == "succeeded")
        let events = try await rig.json(.get, path + "/events?api-version=\(Rig.version)&limit=100")
        let warnings = (events["data"]?.array ?? []).filter { $0["level"] == "warning" }.compactMap { $0["message"]?.string }
        #expect(warnings == ["3 of 15 examples skipped: image is grey, not RGB or RGBA"])
        // Twelve examples of 98 tokens, three epochs.
        #expect(done["trained_tokens"] == 3528)
        await rig.close()
    }

    @Test func aDeploymentLetsItsCapacityThrough() async throws {
        let rig = try await Rig.start()
        let control = "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/test/deployments"
        _ = try await rig.send(
            .put, control + "/small?api-version=2024-10-01",
            json: [
                "sku": ["name": "GlobalStandard", "capacity": 1],
                "properties": ["model": ["format": "OpenAI", "name": "shapes-base", "version": "1"]],
            ])
        try await rig.wait(60)
        let ask: JSONValue = ["messages": Rig.messages("eel"), "max_tokens": 303]
        let path = "/openai/deployments/small/chat/completions"
        // 97 tokens of prompt and 303 that the answer may have: two fit into a thousand.
        let first = try await rig.send(.post, path, json: ask)
        #expect(first.status == 200)
        #expect(first.fields["x-ratelimit-limit-tokens"] == "1000")
        #expect(first.fields["x-ratelimit-remaining-tokens"] == "600")
        #expect(first.fields["x-ratelimit-remaining-requests"] == "5")
        #expect(try await rig.send(.post, path, json: ask).status == 200)
        let refused = try await rig.send(.post, path, json: ask)
        #expect(refused.status == 429)
        #expect(rig.errorCode(refused) == "429")
        let after = try #require(refused.fields["retry-after"].flatMap { Int($0) })
        #expect((1...60).contains(after))
        try await rig.wait(Double(after))
        #expect(try await rig.send(.post, path, json: ask).status == 200)
        await rig.close()
    }

    @Test func openAIsPathsAskModelsByName() async throws {
        let rig = try await Rig.start()
        func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws -> (Int, JSONValue) {
            let answer = try await rig.send(method, path, json: body, fields: ["authorization": "Bearer t"])
            return (answer.status, try JSONValue(parsing: answer.body))
        }
        let (status, answer) = try await send(
            .post, "/v1/chat/completions", ["model": "shapes-base", "messages": Rig.messages("dog")])
        #expect(status == 200)
        #expect(answer["choices"]?.array?.first?["message"]?["content"] == "dog")
        let (missing, error) = try await send(
            .post, "/v1/chat/completions", ["model": "gpt-9", "messages": Rig.messages("dog")])
        #expect(missing == 404 && error["error"]?["code"] == "model_not_found")
        let models = try await send(.get, "/v1/models").1
        #expect(models["data"]?.array?.first?["owned_by"] == "system")
        await rig.close()
    }
}
