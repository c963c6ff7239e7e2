// Example calls of hosted models: they contain no secret and are valid in a shell and in Python.

import Basics
import Foundation
import Planning
import ProviderKit
import Providers
import Specification
import TaskKit
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

    static let google = ServiceSpec(kind: "vertex", values: ServiceValues(settings: ["project": EnvironmentText("p")]))

    static func call(
        _ provider: ServiceSpec, model: String, system: String?, user: [PromptSpec.Part] = [.image],
        request: RequestSpec = RequestSpec(prompt: "p"), task: TaskChoice? = nil, labels: [String]? = nil
    ) throws -> HostedCall? {
        let plugin = try builtInProviders.plugin(provider.kind)
        let asked = PreparedRequest(request, prompt: PromptSpec(system: system, user: user), task: task)
        return plugin.call(
            provider, model: model, question: try asked.exampleQuestion(labels: labels, dialect: plugin.dialect))
    }

    /// The body that the shell sends, with the image `aGk=`.
    static func body(of call: HostedCall) throws -> JSONValue {
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
        return try JSONValue(parsing: data)
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
            id: "without an instruction", provider: Self.openAI, system: nil, curl: [#""messages": [{"role": "user""#],
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

    /// Guards: the call in Python went to Google although the spec names another server.
    @Test(
        arguments: [
            ("a base model", "gemini-2.5-flash", "https://gateway.example", true),
            ("a tuned model", "projects/1/locations/us-central1/endpoints/2", "https://gateway.example", true),
            ("Google's server", "projects/1/locations/us-central1/endpoints/2", nil, false),
        ] as [(String, String, String?, Bool)])
    func theServerOfASpecIsCalled(id: String, model: String, endpoint: String?, isNamed: Bool) throws {
        var values = ["project": EnvironmentText("p"), "location": EnvironmentText("global")]
        values["endpoint"] = endpoint.map { EnvironmentText($0) }
        let settings = ServiceSpec(kind: "vertex", values: ServiceValues(settings: values))
        let call = try #require(try Self.call(settings, model: model, system: nil))
        let option = #"http_options=types.HttpOptions(base_url=os.path.expandvars("https://gateway.example"), api_version="v1"),"#
        #expect(call.python.contains(option) == isNamed, "\(id): \(call.python)")
        #expect(call.curl.contains("https://gateway.example/v1/") == isNamed, "\(id): \(call.curl)")
    }

    static func member(_ path: String, of body: JSONValue) -> JSONValue? {
        var value: JSONValue? = body
        for name in path.split(separator: ".") {
            if let index = Int(name) {
                guard let items = value?.array, items.indices.contains(index) else { return nil }
                value = items[index]
            } else {
                value = value?[String(name)]
            }
        }
        return value
    }

    struct SettingsCase: CustomTestStringConvertible, Sendable {
        var id: String
        var provider: ServiceSpec
        var request: RequestSpec
        var task: TaskChoice?
        /// Members of the body, by path.
        var body: [String: JSONValue]
        var python: [String]
        var testDescription: String { id }
    }

    /// A call was printed without the settings of its request, so it got other answers than the experiment.
    @Test(arguments: [
        SettingsCase(
            id: "sampling", provider: Self.openAI,
            request: RequestSpec(prompt: "p", detail: .high, maxTokens: 20, temperature: 0, topP: 0.5, seed: 7),
            body: [
                "max_tokens": 20, "temperature": 0, "top_p": 0.5, "seed": 7, "messages.1.content.0.image_url.detail": "high",
                "messages.1.content.0.image_url.url": "data:image/jpeg;base64,aGk=",
            ],
            python: [
                "\n    max_tokens=20,\n", "\n    temperature=0,\n", "\n    top_p=0.5,\n", "\n    seed=7,\n", #""detail": "high""#,
                #""url": "data:image/jpeg;base64," + image"#,
            ]),
        SettingsCase(
            id: "reasoning and a schema", provider: Self.azure("${E}"),
            request: RequestSpec(
                prompt: "p", answer: .json(property: "label", name: "Answer"), maxCompletionTokens: 90, reasoningEffort: .low),
            body: [
                "max_completion_tokens": 90, "reasoning_effort": "low", "response_format.json_schema.name": "Answer",
                "response_format.json_schema.strict": true, "response_format.json_schema.schema.additionalProperties": false,
                "messages.1.content.0.image_url.detail": "auto",
            ],
            python: [
                "max_completion_tokens=90", #"reasoning_effort="low""#, #""strict": True"#, #""additionalProperties": False"#,
            ]),
        SettingsCase(
            id: "a task's schema", provider: Self.openAI,
            request: RequestSpec(prompt: "p", answer: .json(property: "tags", name: "Tags")), task: TaskChoice("tag"),
            body: [
                "response_format.json_schema.schema.properties.tags.type": "array",
                "response_format.json_schema.schema.properties.tags.items.enum.1": "it's",
            ],
            python: [#""enum": ["a", "it's"]"#]),
        SettingsCase(
            id: "Vertex AI", provider: Self.google,
            request: RequestSpec(
                prompt: "p", detail: .low, answer: .json(property: "label", name: "Answer"), temperature: 0.25, seed: 3,
                maxCompletionTokens: 40, reasoningEffort: .low),
            body: [
                "generationConfig.temperature": 0.25, "generationConfig.maxOutputTokens": 40, "generationConfig.seed": 3,
                "generationConfig.mediaResolution": "MEDIA_RESOLUTION_LOW",
                "generationConfig.responseJsonSchema.additionalProperties": false,
                "generationConfig.thinkingConfig.thinkingLevel": "LOW", "contents.0.parts.0.inlineData.data": "aGk=",
            ],
            python: [
                "temperature=0.25,", "max_output_tokens=40,", "seed=3,", #"media_resolution="MEDIA_RESOLUTION_LOW","#,
                #""additionalProperties": False"#, #"thinking_config={"thinkingLevel": "LOW"},"#, "response_json_schema={",
            ]),
    ])
    func settings(_ test: SettingsCase) throws {
        let call = try #require(
            try Self.call(
                test.provider, model: "m", system: "One of {{ labels }}.", request: test.request, task: test.task,
                labels: ["it's", "a"]))
        let body = try Self.body(of: call)
        for (path, expected) in test.body {
            let found = Self.member(path, of: body)
            #expect(found?.canonical == expected.canonical, "\(path): \(body.pretty)")
        }
        for part in test.python { #expect(call.python.contains(part), "\(part) in \(call.python)") }
        #expect(call.python.contains("One of a, it's.") && call.curl.contains(#"One of a, it'\''s."#), "\(call.python)")
    }

    /// Before the dataset is known, its labels stay a placeholder.
    @Test(arguments: [nil, TaskChoice("tag")] as [TaskChoice?])
    func unknownLabels(_ task: TaskChoice?) throws {
        let call = try #require(
            try Self.call(
                Self.openAI, model: "m", system: "One of {{ labels }}.", user: [.text("{{ question }}"), .image], task: task))
        for text in ["One of {{ labels }}.", "{{ question }}"] {
            #expect(call.python.contains(text) && call.curl.contains(text), "\(call.python)")
        }
    }

    struct ListedCase: CustomTestStringConvertible, Sendable {
        var id: String
        var provider: String
        var emulator: String?
        var testDescription: String { id }
    }

    /// The list gives the request of the evaluation that asks the model. An emulated model has no call, because its server ends
    /// with the run.
    @Test(arguments: [
        ListedCase(id: "OpenAI", provider: "{ kind: openai, endpoint: \"https://models.example.com/v1\" }", emulator: nil),
        ListedCase(id: "emulated Azure", provider: "{ kind: emulator, account: small }", emulator: "azure"),
        ListedCase(id: "emulated Google", provider: "{ kind: emulator, api: vertex, account: small }", emulator: "vertex"),
    ])
    func listing(_ test: ListedCase) async throws {
        let project = try Project()
        defer { project.remove() }
        let path = try project.hostedSpec()
        let text = try String(contentsOfFile: path, encoding: .utf8).replacing(
            "{ kind: openai, endpoint: \"https://models.example.com/v1\" }", with: test.provider)
        try project.write(
            "spec.yaml",
            test.emulator == "azure" ? text.replacing("model: gpt-4o", with: "model: gpt-4o, deployment: base") : text)
        let listed = try await LocalModels.listing(SpecRequest(spec: path, state: project.path(".assay")))
        let first = try #require(listed.first)
        #expect(first.model.emulator == test.emulator)
        #expect((first.call == nil) == (test.emulator != nil))
        guard let call = first.call else { return }
        let body = try Self.body(of: call)
        #expect(body["max_tokens"] == 20)
        #expect(Self.member("messages.1.content.0.image_url.detail", of: body) == "low")
        #expect(Self.member("messages.0.content", of: body) == "One of [{{ labels }}].")
    }
}
