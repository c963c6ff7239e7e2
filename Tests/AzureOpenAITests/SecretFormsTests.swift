// A key that a server echoes is redacted in every encoded form.

import Foundation
import ProviderKit
import Testing

struct SecretFormsTests {
    private static let key = "sk-Test_4f9A-key+Z/81q"

    struct Form: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var testDescription: String { id }

        init(_ id: String, _ text: String) { (self.id, self.text) = (id, text) }
    }

    private static func each(_ form: (UInt8) -> String) -> String { key.utf8.map(form).joined() }
    private static func hex(_ byte: UInt8) -> String { String(byte, radix: 16) }
    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
    private static func urlSafe(_ text: String) -> String {
        base64(text).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static let forms: [Form] = [
        Form("verbatim", key), Form("upper case", key.uppercased()), Form("lower case", key.lowercased()),
        Form("zero-width spaces", key.map(String.init).joined(separator: "\u{200B}")),
        Form("soft hyphen and joiner", key.replacing("4f", with: "4\u{AD}f\u{200D}")),
        Form("control characters", key.replacing("key", with: "k\u{1B}e\u{7F}y")),
        Form("a line end inside", key.replacing("key", with: "k\r\ney")),
        Form("escaped control characters", key.replacing("key", with: "k\\u200be\\n\\u0000y")),
        Form("JSON escapes", each { "\\u00" + hex($0) }),
        Form("JSON within JSON", each { "\\\\u00" + hex($0) }),
        Form("escaped slash", key.replacing("/", with: "\\/")),
        Form("hexadecimal escapes", each { "\\x" + hex($0) }),
        Form("percent-encoded", each { "%" + hex($0) }),
        Form("percent-encoded in upper case", each { "%" + hex($0).uppercased() }),
        Form("percent-encoded as needed", key.replacing("+", with: "%2B").replacing("/", with: "%2f")),
        Form("percent-encoded twice", each { "%25" + hex($0) }),
        Form("percent sign as an escape", each { "\\u0025" + hex($0) }),
        Form("zero-width, percent-encoded", key.replacing("key", with: "k%E2%80%8Bey")),
        Form("decimal entities", each { "&#\($0);" }), Form("hexadecimal entities", each { "&#x" + hex($0) + ";" }),
        Form("entities, escaped", each { "&amp;#\($0);" }),
        Form("named entities", key.replacing("_", with: "&lowbar;").replacing("+", with: "&plus;").replacing("/", with: "&sol;")),
        Form("base64", base64(key)), Form("base64 after one byte", base64("x" + key + "y")),
        Form("base64 after two bytes", base64("xx" + key + "yy")), Form("base64 of user and key", base64("user:" + key)),
        Form("URL-safe base64", urlSafe(key)), Form("URL-safe base64 of a longer text", urlSafe("Bearer " + key + "!")),
        Form("base64 over two lines", base64("user:" + key).replacing(/^(.{14})/) { "\($0.output.1)\n" }),
        Form("hexadecimal digits", each(hex)), Form("hexadecimal digits in upper case", each(hex).uppercased()),
        Form(
            "full-width letters",
            String(String.UnicodeScalarView(key.unicodeScalars.compactMap { Unicode.Scalar($0.value + 0xFEE0) }))),
        Form("Unicode hyphens", key.replacing("-", with: "\u{2011}")),
    ]

    @Test(arguments: forms) func `a repeated key is redacted`(form: Form) async {
        let redact = await ProviderCredential.bearer(Secret(SecretFormsTests.key)).redactor()
        for (before, after) in [("", ""), ("key: '", "' is wrong"), ("%&\u{200B}", ";"), ("é", "é")] {
            let clean = redact(before + form.text + after)
            #expect(clean == before + "[redacted]" + after, "\(form.id): \(clean)")
        }
        #expect(redact(form.text + " and " + form.text) == "[redacted] and [redacted]")
    }

    /// Only the key is redacted: what resembles it stays.
    @Test(arguments: [
        "", "sk-Test_4f9A-key+Z/81", "sk-Test", "%73%6b", "&amp;&#x41;", "\\u0073k-Test", "100%", "a & b", "\\\\\\\\",
        "c2stVGVzdF80", String(repeating: "\\", count: 10_000), String(repeating: "s", count: 1000),
        String(repeating: "&#x73;", count: 300), String(repeating: "%25", count: 300), "𝓈𝓀 \u{200B}\u{200B}",
    ])
    func `other text stays`(text: String) async {
        let redact = await ProviderCredential.bearer(Secret(SecretFormsTests.key)).redactor()
        #expect(redact(text) == text)
    }

    /// Very short keys of local servers are only redacted in their literal form.
    @Test func `a short key leaves words alone`() async {
        let redact = await ProviderCredential.bearer(Secret("x1")).redactor()
        #expect(redact("x1, X1, eDE=") == "[redacted], X1, eDE=")
    }
}
