// Programs instead of the emulator's model.

import AzureEmulator
import Basics
import EmulatorCore
import Foundation
import Platform
import Testing

struct ProgramTests {
    /// An emulator with a line for the shell behind it.
    private static func rig(_ line: String, stays: Bool = false, timeLimit: Duration = .seconds(20)) async throws -> Rig {
        let folder = FileManager.default.temporaryDirectory.appending(path: "program-" + UUID().uuidString)
        let command = ChildCommand(
            "/bin/sh", ["-c", line], environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"],
            inheritsEnvironment: false)
        return try await Rig.start(
            vision: ProgramVisionModel(
                AnswerProgram(command, name: "'test'", stays: stays, timeLimit: timeLimit, pictures: folder)))
    }

    private static func body(_ picture: String, _ question: String, json: JSONValue? = nil) -> JSONValue {
        let image = "data:image/png;base64," + Data(picture.utf8).base64EncodedString()
        var body: [String: JSONValue] = [
            "messages": [
                [
                    "role": "user",
                    "content": [
                        ["type": "text", "text": .string(question)],
                        ["type": "image_url", "image_url": ["url": .string(image), "detail": "low"]],
                    ],
                ]
            ]
        ]
        if let json {
            body["response_format"] = [
                "type": "json_schema",
                "json_schema": ["name": "Answer", "schema": ["type": "object", "properties": ["value": json]]],
            ]
        }
        return .object(body)
    }

    private static let path = "/openai/deployments/base/chat/completions"

    @Test(
        arguments: [
            ("picture", #"cat "$ASSAY_IMAGE""#, nil, "PIXELS"),
            ("question", #"echo "$ASSAY_QUESTION""#, nil, "What? [a, b]"),
            ("standard input", #"cat | tr -d '{}' | grep -o '"question":"[^"]*"'"#, nil, #""question":"What? [a, b]""#),
            ("text in a JSON form", "echo yes", ["type": "string"], #"{"value":"yes"}"#),
            ("a number in a JSON form", "echo 7", ["type": "integer"], #"{"value":7}"#),
            ("the object itself", #"echo '{"value": 8}'"#, ["type": "integer"], #"{"value": 8}"#),
            ("no JSON where it was asked", "echo seven", ["type": "integer"], "seven"),
            ("schema", #"echo "$ASSAY_SCHEMA" | grep -c integer"#, ["type": "integer"], #"{"value":1}"#),
            ("lines", #"printf 'a\nb\n\n'"#, nil, "a\nb"),
            ("no secret of this process", #"echo "${ASSAY_EMULATOR_KEY:-none}""#, nil, "none"),
        ] as [(id: String, line: String, schema: JSONValue?, answer: String)])
    func `the output of a program is the answer`(id: String, line: String, schema: JSONValue?, answer: String) async throws {
        let rig = try await Self.rig(line)
        let reply = try await rig.json(.post, Self.path, Self.body("PIXELS", "What? [a, b]", json: schema))
        #expect(reply["choices"]?.array?.first?["message"]?["content"]?.string == answer, "\(id)")
        #expect(reply["system_fingerprint"] == "emulated: the program 'test'", "\(id)")
        await rig.close()
    }

    @Test(
        arguments: [
            ("exit code", "echo broken >&2; exit 3", false, "exited with 3; end of its output: broken"),
            ("too slow", "sleep 30", false, "did not answer within"),
            ("no such program", "no-such-program-here", false, "exited with 127"),
            ("ends", "exit 0", true, "ended before it answered"),
            ("too slow, staying", "cat >/dev/null", true, "ended before it answered, or took longer than"),
            ("another line", "read line; echo hello", true, #"wrote 'hello', which is not {"answer": …}"#),
            ("an error of its own", #"read line; echo '{"error": "no such page"}'"#, true, "no such page"),
        ] as [(id: String, line: String, stays: Bool, message: String)])
    func `a failure is the error of its question`(id: String, line: String, stays: Bool, message: String) async throws {
        let rig = try await Self.rig(line, stays: stays, timeLimit: .seconds(id.hasPrefix("too slow") ? 1 : 60))
        let response = try await rig.send(.post, Self.path, json: Self.body("PIXELS", "What?"))
        #expect(response.status == 400, "\(id)")
        #expect(String(decoding: response.body, as: UTF8.self).replacing(#"\""#, with: "\"").contains(message), "\(id)")
        await rig.close()
    }

    @Test func `a program that stays is started once and answers in order`() async throws {
        let rig = try await Self.rig(
            #"n=0; while read -r line; do n=$((n+1)); echo "{\"answer\": \"$n\"}"; done"#, stays: true)
        var answers: Set<String> = []
        try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 1...6 {
                group.addTask {
                    try await rig.json(.post, Self.path, Self.body("PIXELS \(index)", "What?"))["choices"]?.array?.first?[
                        "message"]?[
                            "content"]?.string
                }
            }
            for try await answer in group { answers.insert(answer ?? "") }
        }
        #expect(answers == ["1", "2", "3", "4", "5", "6"])
        await rig.close()
    }

    @Test func `a program cannot be fine-tuned, and the job says so`() async throws {
        let rig = try await Self.rig("echo")
        let lines = (0..<10).map { _ in #"{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}"# }
        let file = try await rig.processedFile(lines.joined(separator: "\n"), purpose: "fine-tune")
        let job = try await rig.json(
            .post, "/openai/fine_tuning/jobs", ["model": "shapes-base", "training_file": .string(file)])
        try await rig.wait(4000)
        let ended = try await rig.json(.get, "/openai/fine_tuning/jobs/" + (job["id"]?.string ?? ""))
        #expect(ended["status"] == "failed")
        #expect(ended["error"]?["message"]?.string?.contains("cannot be fine-tuned") == true, "\(ended)")
        await rig.close()
    }
}
