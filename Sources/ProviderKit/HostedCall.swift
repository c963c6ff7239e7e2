// A request to a hosted model without this program.

import Basics
import Foundation

/// A request to a hosted model as a shell command and a Python program. Both read the key from the environment; no secret and
/// no resolved variable is in either.
package struct HostedCall: Sendable {
    /// A command for a POSIX shell.
    package var curl: String
    /// A program that needs the provider's own package.
    package var python: String

    /// - Parameter python: names the packages that it needs in its imports.
    package init(curl: String, python: String) {
        self.curl = curl
        self.python = python
    }
}

extension HostedCall {
    /// The image of a question that is only printed: each printed form reads `image.jpg` in its place.
    package static let placeholder = ImageFile(path: "image.jpg", digest: Digest(of: ""), bytes: 0)

    /// A group of shell commands that writes a body, in which the shell inserts `image.jpg` for each image.
    package static func shellCommands(writing body: PythonJSON) -> String {
        // The quotes end around each image.
        var texts = [""]
        for piece in body.pieces {
            switch piece {
            case .text(let bytes): texts[texts.count - 1] += String(decoding: bytes, as: UTF8.self)
            case .image, .inlineImage:
                texts[texts.count - 1] += piece.imageForm.prefix(type: "jpeg")
                texts.append(piece.imageForm.suffix)
            }
        }
        let commands = texts.map { text in
            let quoted = text.replacing("'", with: "'\\''")
            return "printf '%s' '\(quoted)'"
        }
        return "{ " + commands.joined(separator: "; base64 -w0 image.jpg; ") + "; }"
    }

    /// The largest number of characters of a Python expression that is not divided into lines.
    private static let lineLength = 100

    /// A body, or a part of it, as a Python expression, in which the variable `image` is the base64 text of each image.
    /// - Parameter indent: the spaces before the line on which the expression begins.
    package static func pythonExpression(_ value: PythonJSON, indent: Int = 0) -> String {
        let line = pythonLine(value)
        guard indent + line.count > lineLength else { return line }
        let inner = String(repeating: " ", count: indent + 4)
        let outer = String(repeating: " ", count: indent)
        switch value {
        case .array(let items) where !items.isEmpty:
            let lines = items.map { inner + pythonExpression($0, indent: indent + 4) + ",\n" }
            return "[\n" + lines.joined() + outer + "]"
        case .members(let members) where !members.isEmpty:
            let lines = members.map { member in
                inner + pythonText(member.key) + ": " + pythonExpression(member.value, indent: indent + 4) + ",\n"
            }
            return "{\n" + lines.joined() + outer + "}"
        default: return line
        }
    }

    /// A string as a Python literal: JSON's escapes are also Python's, except for surrogate pairs, which are not used.
    package static func pythonText(_ text: String) -> String { JSONValue.string(text).canonical }

    private static func pythonLine(_ value: PythonJSON) -> String {
        switch value {
        case .null: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .int(let number): return String(number)
        case .double(let number): return PythonJSON.repr(number)
        case .string(let text): return pythonText(text)
        case .array(let items): return "[" + items.map { pythonLine($0) }.joined(separator: ", ") + "]"
        case .members(let members):
            let texts = members.map { pythonText($0.key) + ": " + pythonLine($0.value) }
            return "{" + texts.joined(separator: ", ") + "}"
        case .image: return "\"data:image/jpeg;base64,\" + image"
        case .inlineImage: return "{\"mimeType\": \"image/jpeg\", \"data\": image}"
        case .encoded(let bytes):
            // Bytes that a writer encoded as JSON before; anything else would be a defect of the writer.
            return (try? JSONValue(parsing: Data(bytes))).map { pythonLine($0) } ?? "None"
        }
    }

    private static func pythonLine(_ value: JSONValue) -> String {
        switch value {
        case .null: return "None"
        case .bool(let flag): return flag ? "True" : "False"
        case .int, .double, .string: return value.canonical
        case .array(let items): return "[" + items.map { pythonLine($0) }.joined(separator: ", ") + "]"
        case .object(let members):
            let sorted = members.sorted { precedesByBytes($0.key, $1.key) }
            let texts = sorted.map { pythonText($0.key) + ": " + pythonLine($0.value) }
            return "{" + texts.joined(separator: ", ") + "}"
        }
    }
}
