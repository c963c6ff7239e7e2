// Encodes and decodes the text of addresses and forms.

/// Percent-encoding (RFC 3986) and form fields (`application/x-www-form-urlencoded`).
enum URLText {
    /// Every byte except unreserved characters is encoded, so that no text changes the structure of an address.
    static func encoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            // A segment of dots would be removed from the path.
            case UInt8(ascii: ".") where text != "." && text != "..": bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of a segment or a form field; `nil` for a malformed escape or text that is not UTF-8.
    /// - Parameter isField: whether `+` is a space.
    static func decoded(_ text: some StringProtocol, isField: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            case UInt8(ascii: "+") where isField: bytes.append(UInt8(ascii: " "))
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// The fields of a query or a form, in order; a name may occur several times.
struct FormFields: Sendable, Equatable {
    private(set) var fields: [(name: String, value: String)] = []

    /// The maximum number of fields; further ones make the text malformed.
    private static let maxFields = 1_000

    init() {}

    /// - Returns: `nil` for malformed text.
    init?(_ text: some StringProtocol) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard fields.count < FormFields.maxFields, let name = URLText.decoded(parts[0], isField: true),
                let value = URLText.decoded(parts.count == 2 ? parts[1] : "", isField: true)
            else { return nil }
            fields.append((name, value))
        }
    }

    /// The value of a field; `nil` if it is missing.
    subscript(name: String) -> String? {
        get { fields.first { $0.name == name }?.value }
        set {
            fields.removeAll { $0.name == name }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// The value of a field that is not empty.
    func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// A number from 0; `nil` if it is missing or not one.
    func number(_ name: String) -> Int? { self[name].flatMap { $0.count <= 12 ? Int($0) : nil }.flatMap { $0 >= 0 ? $0 : nil } }

    func all(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The fields as a query, with a question mark; empty without fields that have a value.
    var query: String {
        let pairs = fields.filter { !$0.value.isEmpty }.map { "\(URLText.encoded($0.name))=\(URLText.encoded($0.value))" }
        return pairs.isEmpty ? "" : "?" + pairs.joined(separator: "&")
    }

    /// The same fields with one changed.
    func with(_ name: String, _ value: String?) -> FormFields {
        var copy = self
        copy[name] = value
        return copy
    }

    static func == (a: FormFields, b: FormFields) -> Bool {
        a.fields.elementsEqual(b.fields) { $0.name == $1.name && $0.value == $1.value }
    }
}
