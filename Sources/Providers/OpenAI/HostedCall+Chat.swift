// Shows how to ask a model through OpenAI's API without this program.

import Basics
import ProviderKit
import Specification

extension HostedCall {
    /// A request with one image to a server with OpenAI's API.
    /// - Parameters:
    ///   - address: the address of the call, for double quotes of a shell.
    ///   - header: the header that authenticates.
    ///   - base: the client's base URL as a Python expression.
    ///   - key: the variable that holds the key.
    init(address: String, header: String, base: String, key: String, model: String, prompt: PromptSpec) {
        func text(_ value: String) -> String { JSONValue.string(value).canonical }
        func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
        let system = prompt.system
        let instruction = system.map { #"{"role":"system","content":\#(text($0))},"# } ?? ""
        let question = prompt.textsAroundImage
        func parts(_ texts: [String]) -> [String] { texts.map { #"{"type":"text","text":\#(text($0))}"# } }
        // The shell inserts the image, so the quotes end around it.
        let body =
            #"{"model":\#(text(model)),"messages":[\#(instruction)"#
            + #"{"role":"user","content":["# + parts(question.before).map { $0 + "," }.joined()
            + #"{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,"#
        let rest = #""}}"# + parts(question.after).map { "," + $0 }.joined() + "]}]}"
        func textLines(_ texts: [String]) -> String {
            texts.map { "            {\"type\": \"text\", \"text\": \(text($0))},\n" }.joined()
        }
        let lines = system.map { "        {\"role\": \"system\", \"content\": \(text($0))},\n" } ?? ""
        self.init(
            curl: """
                { printf '%s' \(quoted(body)); base64 -w0 image.jpg; printf '%s' \(quoted(rest)); } |
                  curl -sS "\(address)" -H "\(header)" -H "Content-Type: application/json" -d @-
                """,
            python: """
                import base64, os
                from openai import OpenAI

                client = OpenAI(
                    base_url=\(base),
                    api_key=os.environ["\(key)"],
                )
                image = base64.b64encode(open("image.jpg", "rb").read()).decode()
                reply = client.chat.completions.create(
                    model=\(text(model)),
                    messages=[
                \(lines)        {"role": "user", "content": [
                \(textLines(question.before))            {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64," + image}},
                \(textLines(question.after))        ]},
                    ],
                )
                print(reply.choices[0].message.content)
                """)
    }

    /// A template with `${NAME}` and `${NAME:-default}` unchanged, for use in double quotes in a shell. Every other `$`
    /// is escaped, because it could start a command substitution.
    static func shell(_ template: String) -> String {
        let text = template.hasSuffix("/") ? String(template.dropLast()) : template
        let variable = #/\$\{[A-Za-z_][A-Za-z0-9_]*(?::-[A-Za-z0-9._:\/-]*)?\}/#
        var result = ""
        var rest = text[...]
        func escaped(_ text: Substring) -> String {
            String(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("`", with: "\\`").replacing(
                "$", with: "\\$")
        }
        while let found = rest.firstMatch(of: variable) {
            result += escaped(rest[..<found.range.lowerBound]) + found.output
            rest = rest[found.range.upperBound...]
        }
        return result + escaped(rest)
    }

    /// A template as a Python expression.
    static func python(_ template: String) -> String {
        if let match = template.wholeMatch(of: #/\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$([A-Za-z_][A-Za-z0-9_]*)/#),
            let name = match.output.1 ?? match.output.2
        {
            return "os.environ[\"\(name)\"]"
        }
        return "os.path.expandvars(\(JSONValue.string(template).canonical))"
    }
}
