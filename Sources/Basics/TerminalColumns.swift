// The display width of text in a terminal.

extension StringProtocol {
    /// The display width in columns: two for each wide East Asian character and each emoji, zero for combining marks,
    /// one for tabs. (Unicode Standard Annex 11, by whole blocks of wide characters.)
    package var terminalColumns: Int {
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return reduce(0) { $0 + $1.terminalColumns }
    }

    /// The text with spaces behind it, up to a width in columns.
    package func padded(toColumns width: Int) -> String {
        String(self) + String(repeating: " ", count: Swift.max(0, width - terminalColumns))
    }
}

extension Character {
    /// The display width of the widest of its scalars.
    var terminalColumns: Int {
        unicodeScalars.reduce(0) { max($0, $1.terminalColumns) }
    }
}

extension Unicode.Scalar {
    fileprivate var terminalColumns: Int {
        if isASCII { return 1 }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if properties.isEmojiPresentation { return 2 }
        return switch value {
        // The marks of `TerminalText.Style`.
        case 0xFDD0...0xFDEF: 0
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1B000...0x1B2FF, 0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}
