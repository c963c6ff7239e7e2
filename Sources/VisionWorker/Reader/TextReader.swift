// Reads the text of pictures with a trained network.

import Basics
import Foundation
import VisionProtocol

/// A trained reader: a network and the characters that it knows. Not thread-safe.
final class TextReader {
    /// The display name in reports.
    static let title = "a small text reader that learned printed lines"

    let alphabet: TextAlphabet
    /// SHA-256 of the base model's weights, to which checkpoints are bound.
    let base: Digest
    private let network: ReaderNetwork

    /// The bundled reader, or the one of a checkpoint of fine-tuning.
    ///
    /// - Throws: ``VisionFailure``, `badWeights` or `badCheckpoint`, naming the file.
    init(weights: String? = nil, checkpoint: TextCheckpoint? = nil) throws {
        let path = try weights ?? EmulatedNetwork.bundled("text-reader.safetensors")
        let bytes: Data
        do {
            bytes = try WeightsFile.bytes(of: path)
            base = Digest(of: bytes)
            if let checkpoint {
                alphabet = checkpoint.alphabet
                network = try ReaderNetwork(outputs: alphabet.outputCount, stored: checkpoint.tensors)
            } else {
                alphabet = .base
                network = try ReaderNetwork(
                    outputs: alphabet.outputCount, stored: SafetensorsFile(parsing: bytes).tensors)
            }
        } catch let error as WeightsError {
            throw VisionFailure(
                code: checkpoint == nil ? .badWeights : .badCheckpoint, message: "\(checkpoint?.path ?? path): \(error)")
        }
        if let checkpoint, checkpoint.base != base {
            throw VisionFailure(code: .badCheckpoint, message: "\(checkpoint.path): belongs to another base model")
        }
    }

    /// A network to train, which starts as this one and also knows the characters of `alphabet`.
    func beginning(for alphabet: TextAlphabet) throws -> ReaderNetwork {
        try ReaderNetwork(outputs: alphabet.outputCount, stored: network.stored())
    }

    /// Lines in one pass through the network.
    private static let batchSize = 32

    /// The characters of lines, in order.
    func read(_ lines: [LinePicture], threads: Int) throws -> [[ReadCharacter]] {
        var read = [[ReadCharacter]](repeating: [], count: lines.count)
        // Lines of similar width together, so that little is padding.
        let order = lines.indices.sorted { (lines[$0].width, $0) < (lines[$1].width, $1) }
        try Torch.with(threads: threads, recordingGradients: false) {
            for start in stride(from: 0, to: order.count, by: Self.batchSize) {
                let places = order[start..<min(start + Self.batchSize, order.count)]
                let values = try network.forward(places.map { lines[$0] }).floats()
                for (index, place) in places.enumerated() {
                    read[place] = LineDecoder.characters(
                        values, line: index, of: places.count, columns: lines[place].columns, alphabet: alphabet)
                }
            }
        }
        return read
    }
}

extension ReadTextCall.Line {
    /// The line in the picture's coordinates. A character spans from the middle between it and the one before to the
    /// middle between it and the next, at most as far as the line is tall.
    init(_ characters: [ReadCharacter], of line: LinePicture) {
        let frame = line.frame
        let scale = Double(frame.right - frame.left) / Double(max(1, line.columns))
        let centres = characters.map { Double($0.columns.lowerBound + $0.columns.upperBound) / 2 }
        let reach = Double(frame.bottom - frame.top) / max(scale, 1e-9) / 2
        self.init(
            text: LineDecoder.text(characters),
            characters: characters.enumerated().map { index, read in
                let before = index > 0 ? (centres[index - 1] + centres[index]) / 2 : centres[index] - reach
                let after = index + 1 < centres.count ? (centres[index] + centres[index + 1]) / 2 : centres[index] + reach
                let left = Double(frame.left) + max(0, max(before, centres[index] - reach)) * scale
                let right =
                    Double(frame.left) + min(Double(line.columns), min(after, centres[index] + reach)) * scale
                return ReadTextCall.Character(
                    text: String(read.character),
                    frame: ReadTextCall.Frame(
                        left: Int(left.rounded()), top: frame.top, right: Int(right.rounded()), bottom: frame.bottom))
            })
    }
}
