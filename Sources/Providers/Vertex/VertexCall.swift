// Example calls of a model of Vertex AI.

import Basics
import ProviderKit
import Specification

extension VertexPlugin {
    func call(_ settings: ServiceSpec, model: String, prompt: PromptSpec) -> HostedCall? {
        guard let project = settings.values["project"]?.template else { return nil }
        // A tuned model is asked through its endpoint, whose name states the location.
        let isTuned = model.hasPrefix("projects/")
        let location = VertexEndpoint.location(of: model) ?? settings.values["location"]?.template ?? "global"
        let server = settings.endpoint?.template ?? VertexPlugin.server(location)
        let path =
            isTuned ? model : "projects/\(project)/locations/\(location)/publishers/google/models/\(model)"
        func text(_ value: String) -> String { JSONValue.string(value).canonical }
        let system = prompt.system, question = prompt.textsAroundImage
        func parts(_ texts: [String]) -> [String] { texts.map { #"{"text":\#(text($0))}"# } }
        func pythonParts(_ texts: [String]) -> [String] { texts.map { "types.Part.from_text(text=\(text($0)))" } }
        let instruction = system.map { #""systemInstruction":{"parts":[{"text":\#(text($0))}]},"# } ?? ""
        // The shell inserts the image, so the quotes end around it.
        let body =
            "{\(instruction)" + #""contents":[{"role":"user","parts":["# + parts(question.before).map { $0 + "," }.joined()
            + #"{"inlineData":{"mimeType":"image/jpeg","data":""#
        let rest = #""}}"# + parts(question.after).map { "," + $0 }.joined() + "]}]}"
        let address = HostedCall.shell("\(server)/v1/\(path):generateContent")
        let curl = """
            { printf '%s' \(VertexPlugin.quoted(body)); base64 -w0 image.jpg; printf '%s' \(VertexPlugin.quoted(rest)); } |
              curl -sS "\(address)" -H "Authorization: Bearer $(gcloud auth print-access-token)" \\
                -H "Content-Type: application/json" -d @-
            """
        let config = system.map {
            "\n    config=types.GenerateContentConfig(system_instruction=\(text($0))),"
        }
        let image = #"types.Part.from_bytes(data=open("image.jpg", "rb").read(), mime_type="image/jpeg")"#
        let contents = (pythonParts(question.before) + [image] + pythonParts(question.after)).joined(separator: ", ")
        let python = """
            import os
            from google import genai
            from google.genai import types

            client = genai.Client(
                vertexai=True,
                project=os.path.expandvars(\(text(project))),
                location=os.path.expandvars(\(text(location))),
            )
            reply = client.models.generate_content(
                model=os.path.expandvars(\(text(model))),
                contents=[\(contents)],\(config ?? "")
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

    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
