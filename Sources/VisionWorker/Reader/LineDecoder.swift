// Turns a network's columns into text.

/// A character that was read, and the columns in which it was seen.
struct ReadCharacter: Sendable, Equatable {
    var character: Unicode.Scalar
    var columns: Range<Int>
}

/// Greedy CTC decoding: the likeliest output of each column, without repetitions and blanks.
enum LineDecoder {
    /// The characters of one line.
    ///
    /// - Parameters:
    ///   - values: log-probabilities, [columns, lines, outputs].
    ///   - line: the line's position in the batch of `lines`.
    static func characters(
        _ values: [Float], line: Int, of lines: Int, columns: Int, alphabet: TextAlphabet
    ) -> [ReadCharacter] {
        let outputs = alphabet.outputCount
        var read: [ReadCharacter] = []
        var last = 0
        values.withUnsafeBufferPointer { values in
            for column in 0..<columns {
                let start = (column * lines + line) * outputs
                var best = 0
                for output in 1..<outputs where values[start + output] > values[start + best] { best = output }
                if best == last, best != 0, !read.isEmpty {
                    read[read.count - 1].columns = read[read.count - 1].columns.lowerBound..<(column + 1)
                } else if let character = alphabet.character(best) {
                    read.append(ReadCharacter(character: character, columns: column..<(column + 1)))
                }
                last = best
            }
        }
        return read
    }

    /// The text without leading, trailing and doubled spaces.
    static func text(_ characters: [ReadCharacter]) -> String {
        var text = String.UnicodeScalarView()
        for read in characters { text.append(read.character) }
        return String(text).split(separator: " ").joined(separator: " ")
    }
}
