// How to call a hosted model: the texts hold no secret and survive a shell and Python.

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
        var provider: ProviderSpec
        var model = "mine"
        var system: String? = "One of [a, b]."
        var curl: [String]
        var python: [String]
        var testDescription: String { id }
    }

    @Test(arguments: [
        Case(
            id: "Azure by a variable",
            provider: .azureOpenAI(
                AzureOpenAISpec(endpoint: EnvironmentText("${AZURE_OPENAI_ENDPOINT}"), apiKey: EnvironmentText("${KEY}"))),
            curl: [#""${AZURE_OPENAI_ENDPOINT}/openai/v1/chat/completions""#, "api-key: $AZURE_OPENAI_API_KEY"],
            python: [#"os.environ["AZURE_OPENAI_ENDPOINT"].rstrip("/") + "/openai/v1/""#, #"model="mine""#]),
        Case(
            id: "Azure by an address",
            provider: .azureOpenAI(AzureOpenAISpec(endpoint: EnvironmentText("https://example.openai.azure.com/"))),
            curl: ["https://example.openai.azure.com/openai/v1/chat/completions"],
            python: [#"os.path.expandvars("https://example.openai.azure.com/")"#]),
        Case(
            id: "OpenAI", provider: .openAI(OpenAISpec()), curl: ["Authorization: Bearer $OPENAI_API_KEY"],
            python: [#"os.environ["OPENAI_API_KEY"]"#]),
        Case(
            id: "without an instruction", provider: .openAI(OpenAISpec()), system: nil, curl: [#""messages":[{"role":"user""#],
            python: ["messages=["]),
        Case(
            id: "quotes in the instruction", provider: .openAI(OpenAISpec()), system: "It's \"one\" of $HOME\nor `id`.",
            curl: [#"It'\''s \"one\" of $HOME\nor `id`."#], python: [#""It's \"one\" of $HOME\nor `id`.""#]),
    ])
    func texts(_ test: Case) throws {
        let call = try #require(HostedCall(test.provider, model: test.model, system: test.system))
        for part in test.curl { #expect(call.curl.contains(part), "\(call.curl)") }
        for part in test.python { #expect(call.python.contains(part), "\(call.python)") }
        #expect(!call.python.contains("\"system\"") == (test.system == nil))
    }

    /// The body that the shell makes is JSON with the instruction as it is written.
    @Test(arguments: ["One of [a, b].", "It's \"one\" of $HOME\nor `id`.", "Ein Bild: ü, 'x'"])
    func theShellMakesTheBody(_ system: String) throws {
        let call = try #require(HostedCall(.openAI(OpenAISpec()), model: "m'odel", system: system))
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

    @Test func theEmulatorIsNotCalled() throws {
        #expect(try HostedCall(.emulator(EmulatorSpec(account: SafeName("a"))), model: "m", system: nil) == nil)
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
        let settings = OtherProviderSpec(
            kind: "vertex", settings: ["project": EnvironmentText("${P}"), "location": EnvironmentText(location)])
        let call = try #require(
            try builtInProviders.plugin("vertex").call(.other(settings), model: model, instruction: "It's one of [a, b]."))
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
