// Characters that end a line in YAML 1.1, which libyaml reads, and are as any other in YAML 1.2.

/// Stand-ins for NEL, LS and PS while libyaml reads a text, so that lines are counted, and quoted texts folded, as YAML
/// 1.2 has it (5.4, "Line Break Characters").
struct OldLineBreaks {
    /// Each of them that the text has, with a character that it has not.
    private let standIns: [(character: Unicode.Scalar, standIn: Unicode.Scalar)]

    /// Noncharacters, which no text has for another reason than to try this.
    private static let reserve = (0xFDD0...0xFDEF).compactMap { Unicode.Scalar($0 as UInt32) }

    init(of bytes: [UInt8]) {
        // Nearly all texts have none: their first bytes are looked for before any character is.
        let isLikely = bytes.indices.contains { index in
            bytes[index] == 0xC2 && bytes[index...].starts(with: [0xC2, 0x85])
                || bytes[index] == 0xE2 && (bytes[index...].starts(with: [0xE2, 0x80, 0xA8])
                    || bytes[index...].starts(with: [0xE2, 0x80, 0xA9]))
        }
        guard isLikely else {
            standIns = []
            return
        }
        let scalars = Set(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        let found = (["\u{85}", "\u{2028}", "\u{2029}"] as [Unicode.Scalar]).filter(scalars.contains)
        standIns = Array(zip(found, OldLineBreaks.reserve.filter { !scalars.contains($0) }))
    }

    /// The text for libyaml.
    func hidden(in bytes: [UInt8]) -> [UInt8] {
        standIns.isEmpty ? bytes : Array(replaced(String(decoding: bytes, as: UTF8.self)) { ($0.character, $0.standIn) }.utf8)
    }

    /// What stands in the text where libyaml gave this.
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
