// Characters that are line breaks in YAML 1.1, which libyaml implements, but not in YAML 1.2.

/// Replaces NEL, LS and PS while libyaml parses a text, so that lines are counted and quoted scalars are folded as in
/// YAML 1.2 (5.4, "Line Break Characters").
struct YAML11LineBreaks {
    /// Each such character of the text, with a replacement that does not occur in the text.
    private let standIns: [(character: Unicode.Scalar, standIn: Unicode.Scalar)]

    /// Noncharacters, which do not occur in ordinary text.
    private static let reserve = (0xFDD0...0xFDEF).compactMap { Unicode.Scalar($0 as UInt32) }

    init(of bytes: [UInt8]) {
        // Most texts have none, so their first bytes are searched before any text is decoded.
        let isLikely = bytes.indices.contains { index in
            bytes[index] == 0xC2 && bytes[index...].starts(with: [0xC2, 0x85])
                || bytes[index] == 0xE2
                    && (bytes[index...].starts(with: [0xE2, 0x80, 0xA8])
                        || bytes[index...].starts(with: [0xE2, 0x80, 0xA9]))
        }
        guard isLikely else {
            standIns = []
            return
        }
        let scalars = Set(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        let found = (["\u{85}", "\u{2028}", "\u{2029}"] as [Unicode.Scalar]).filter(scalars.contains)
        standIns = Array(zip(found, YAML11LineBreaks.reserve.filter { !scalars.contains($0) }))
    }

    /// The text with replacements, for libyaml.
    func hidden(in bytes: [UInt8]) -> [UInt8] {
        standIns.isEmpty ? bytes : Array(replaced(String(decoding: bytes, as: UTF8.self)) { ($0.character, $0.standIn) }.utf8)
    }

    /// The original form of a text returned by libyaml.
    func restored(in text: String) -> String {
        standIns.isEmpty ? text : replaced(text) { ($0.standIn, $0.character) }
    }

    private func replaced(
        _ text: String,
        _ direction: ((character: Unicode.Scalar, standIn: Unicode.Scalar)) -> (Unicode.Scalar, Unicode.Scalar)
    ) -> String {
        let pairs = standIns.map(direction)
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(pairs.first { $0.0 == scalar }?.1 ?? scalar) }
        return String(result)
    }
}
