// Example calls of a model of Vertex AI.

import ProviderKit
import Specification

extension VertexPlugin {
    func call(_ settings: ServiceSpec, model: String, question: Question) -> HostedCall? {
        guard let project = settings.values["project"]?.template else { return nil }
        // A tuned model is asked through its endpoint, whose name states the location.
        let isTuned = model.hasPrefix("projects/")
        let location = VertexEndpoint.location(of: model) ?? settings.values["location"]?.template ?? "global"
        let server = settings.endpoint?.template ?? VertexPlugin.server(location)
        let path =
            isTuned ? model : "projects/\(project)/locations/\(location)/publishers/google/models/\(model)"
        func text(_ value: String) -> String { HostedCall.pythonText(value) }
        let body = GeminiWriter(question.form).body(question.turns, model: model)
        let address = HostedCall.shell("\(server)/v1/\(path):generateContent")
        let curl = """
            \(HostedCall.shellCommands(writing: body)) |
              curl -sS "\(address)" -H "Authorization: Bearer $(gcloud auth print-access-token)" \\
                -H "Content-Type: application/json" -d @-
            """
        let contents = question.turns.flatMap(\.parts).map { part in
            switch part {
            case .text(let shown): "types.Part.from_text(text=\(text(shown)))"
            case .image: #"types.Part.from_bytes(data=open("image.jpg", "rb").read(), mime_type="image/jpeg")"#
            }
        }
        var settingLines: [String] = []
        if let system = question.form.system { settingLines.append("system_instruction=\(text(system))") }
        if case .members(let members) = body, let generation = members.first(where: { $0.key == "generationConfig" }),
            case .members(let sent) = generation.value
        {
            settingLines += sent.map { setting in
                "\(VertexPlugin.pythonName(setting.key))=\(HostedCall.pythonExpression(setting.value, indent: 8))"
            }
        }
        let config =
            settingLines.isEmpty
            ? ""
            : "\n    config=types.GenerateContentConfig(\n" + settingLines.map { "        \($0),\n" }.joined() + "    ),"
        // A server of the spec replaces Google's.
        let options =
            settings.endpoint.map {
                "\n    http_options=types.HttpOptions(base_url=os.path.expandvars(\(text($0.template))), api_version=\"v1\"),"
            } ?? ""
        let python = """
            import os
            from google import genai
            from google.genai import types

            client = genai.Client(
                vertexai=True,
                project=os.path.expandvars(\(text(project))),
                location=os.path.expandvars(\(text(location))),\(options)
            )
            reply = client.models.generate_content(
                model=os.path.expandvars(\(text(model))),
                contents=[\(contents.joined(separator: ", "))],\(config)
            )
            print(reply.text)
            """
        return HostedCall(curl: curl, python: python)
    }

    /// Google's server of a location, which may be a variable.
    private static func server(_ location: String) -> String {
        switch location {
        case "global": "https://aiplatform.googleapis.com"
        case "us", "eu": "https://aiplatform.\(location).rep.googleapis.com"
        default: "https://\(location)-aiplatform.googleapis.com"
        }
    }

    /// The name of a setting in Google's Python package: `maxOutputTokens` is `max_output_tokens`. The names within a
    /// setting's value need no change, because the package accepts both.
    private static func pythonName(_ name: String) -> String {
        var result = ""
        for character in name { result += character.isUppercase ? "_" + character.lowercased() : String(character) }
        return result
    }
}
