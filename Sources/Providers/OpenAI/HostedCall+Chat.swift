// Shows how to ask a model through OpenAI's API without this program.

import Basics
import ProviderKit

extension HostedCall {
    /// A request to a server with OpenAI's API, with the body that a run sends.
    /// - Parameters:
    ///   - address: the address of the call, for double quotes of a shell.
    ///   - header: the header that authenticates.
    ///   - base: the client's base URL as a Python expression.
    ///   - key: the variable that holds the key.
    init(address: String, header: String, base: String, key: String, model: String, question: Question) {
        let body = ChatWriter(question.form).body(question.turns, model: model)
        var arguments = ""
        if case .members(let members) = body {
            for member in members {
                arguments += "    \(member.key)=\(HostedCall.pythonExpression(member.value, indent: 4)),\n"
            }
        }
        self.init(
            curl: """
                \(HostedCall.shellCommands(writing: body)) |
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
                \(arguments))
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
