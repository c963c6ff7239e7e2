// Example calls of hosted models: they contain no secret and are valid in a shell and in Python.

import Basics
import Foundation
import ProviderKit
import Providers
import Specification
import Testing

@testable import Application

@Suite struct HostedCallTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var id: String
        var provider: ServiceSpec
        var model = "mine"
        var system: String? = "One of [a, b]."
        var curl: [String]
        var python: [String]
        var testDescription: String { id }
    }

    static func azure(_ endpoint: String) -> ServiceSpec {
        ServiceSpec(kind: "azure-openai", values: ServiceValues(settings: ["endpoint": EnvironmentText(endpoint)]))
    }

    static let openAI = ServiceSpec(
        kind: "openai", values: ServiceValues(settings: ["endpoint": EnvironmentText("https://api.openai.com/v1")]))

    static func call(
        _ provider: ServiceSpec, model: String, system: String?, user: [PromptSpec.Part] = [.image]
    ) throws -> HostedCall? {
        try builtInProviders.plugin(provider.kind).call(
            provider, model: model, prompt: PromptSpec(system: system, user: user))
    }

    @Test(arguments: [
        Case(
            id: "Azure by a variable",
            provider: Self.azure("${AZURE_OPENAI_ENDPOINT}"),
            curl: [#""${AZURE_OPENAI_ENDPOINT}/openai/v1/chat/completions""#, "api-key: $AZURE_OPENAI_API_KEY"],
            python: [#"os.environ["AZURE_OPENAI_ENDPOINT"].rstrip("/") + "/openai/v1/""#, #"model="mine""#]),
        Case(
            id: "Azure by an address",
            provider: Self.azure("https://example.openai.azure.com/"),
            curl: ["https://example.openai.azure.com/openai/v1/chat/completions"],
            python: [#"os.path.expandvars("https://example.openai.azure.com/")"#]),
        Case(
            id: "OpenAI", provider: Self.openAI, curl: ["Authorization: Bearer $OPENAI_API_KEY"],
            python: [#"os.environ["OPENAI_API_KEY"]"#]),
        Case(
            id: "an address that would be a command",
            provider: ServiceSpec(
                kind: "openai",
                values: ServiceValues(settings: [
                    "endpoint": EnvironmentText("https://$(touch x).example/${HOST:-a.b}/${C:-$(id)}/$HOME/`id`")
                ])),
            curl: ["\"https://\\$(touch x).example/${HOST:-a.b}/\\${C:-\\$(id)}/\\$HOME/\\`id\\`/chat/completions\""], python: []),
        Case(
            id: "without an instruction", provider: Self.openAI, system: nil, curl: [#""messages":[{"role":"user""#],
            python: ["messages=["]),
        Case(
            id: "quotes in the instruction", provider: Self.openAI, system: "It's \"one\" of $HOME\nor `id`.",
            curl: [#"It'\''s \"one\" of $HOME\nor `id`."#], python: [#""It's \"one\" of $HOME\nor `id`.""#]),
    ])
    func texts(_ test: Case) throws {
        let call = try #require(try Self.call(test.provider, model: test.model, system: test.system))
        for part in test.curl { #expect(call.curl.contains(part), "\(call.curl)") }
        for part in test.python { #expect(call.python.contains(part), "\(call.python)") }
        #expect(!call.python.contains("\"system\"") == (test.system == nil))
    }

    /// The body that the shell creates is JSON with the unchanged instruction.
    @Test(arguments: ["One of [a, b].", "It's \"one\" of $HOME\nor `id`.", "Ein Bild: ü, 'x'"])
    func theShellMakesTheBody(_ system: String) throws {
        let call = try #require(try Self.call(Self.openAI, model: "m'odel", system: system))
        // Everything before the pipe writes the body.
        let command = try #require(call.curl.components(separatedBy: " |\n").first).replacing(
            "base64 -w0 image.jpg", with: "printf aGk=")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let body = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(body["model"] as? String == "m'odel")
        let messages = try #require(body["messages"] as? [[String: Any]])
        #expect(messages.first?["content"] as? String == system)
        #expect(messages.count == 2)
    }

    /// The texts of the user message were missing: a question about an image was printed as the image alone.
    @Test(arguments: [
        (Self.openAI, ["messages", "content"], "text"),
        (
            ServiceSpec(kind: "vertex", values: ServiceValues(settings: ["project": EnvironmentText("p")])),
            ["contents", "parts"], "text"
        ),
    ])
    func theQuestionIsPartOfTheCall(_ provider: ServiceSpec, _ path: [String], _ member: String) throws {
        let texts = ["Look at `this`:", "It's {{ question }}\nor \"$(id)\"?"]
        let call = try #require(
            try Self.call(provider, model: "m", system: nil, user: [.text(texts[0]), .image, .text(texts[1])]))
        for text in texts { #expect(call.python.contains(JSONValue.string(text).canonical), "\(call.python)") }
        let command = try #require(call.curl.components(separatedBy: " |\n").first).replacing(
            "base64 -w0 image.jpg", with: "printf aGk=")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let body = try JSONValue(parsing: output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        let parts = try #require(body[path[0]]?.array?.first?[path[1]]?.array)
        #expect(parts.count == 3 && parts[0][member]?.string == texts[0] && parts[2][member]?.string == texts[1])
    }

    @Test func aProviderWithoutACallHasNone() throws {
        #expect(try Self.call(ServiceSpec(kind: "vertex"), model: "m", system: nil) == nil)
    }

    /// Gemini is called with Google's own package, a tuned model by its endpoint. Nothing was printed for Vertex AI.
    @Test(arguments: [
        (
            "gemini-2.5-flash", "global",
            "https://aiplatform.googleapis.com/v1/projects/${P}/locations/global/publishers/google/models/gemini-2.5-flash:generateContent"
        ),
        (
            "projects/1/locations/us-central1/endpoints/2", "global",
            "https://us-central1-aiplatform.googleapis.com/v1/projects/1/locations/us-central1/endpoints/2:generateContent"
        ),
    ])
    func vertex(model: String, location: String, address: String) throws {
        let settings = ServiceSpec(
            kind: "vertex",
            values: ServiceValues(settings: ["project": EnvironmentText("${P}"), "location": EnvironmentText(location)]))
        let call = try #require(try Self.call(settings, model: model, system: "It's one of [a, b]."))
        #expect(call.curl.contains(#""\#(address)""#), "\(call.curl)")
        #expect(call.python.contains("model=os.path.expandvars(\"\(model)\")") && call.python.contains(#""It's one of [a, b].""#))
        let command = try #require(call.curl.components(separatedBy: " |\n").first).replacing(
            "base64 -w0 image.jpg", with: "printf aGk=")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let body = try JSONValue(parsing: output.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        #expect(body["systemInstruction"]?["parts"]?.array?.first?["text"]?.string == "It's one of [a, b].")
        #expect(body["contents"]?.array?.first?["parts"]?.array?.first?["inlineData"]?["data"]?.string == "aGk=")
    }
}
