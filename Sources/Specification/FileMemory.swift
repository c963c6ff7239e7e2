// Caches the files named in a spec, so that all variants share one read.

import Basics
import Foundation
import Synchronization

/// Price tables and label files by path. Failed reads are cached too.
final class FileMemory: Sendable {
    /// The problems of a file, with its text if it could be read.
    struct Failure: Error {
        var findings: [Finding]
        var text: SourceText?
    }

    private struct Memory {
        var prices: [String: Result<(PriceTable, SourceText), Failure>] = [:]
        var labels: [String: Result<[String], Finding>] = [:]
    }

    private let readFile: SpecLoader.ReadFile
    private let memory = Mutex(Memory())

    init(readFile: @escaping SpecLoader.ReadFile) { self.readFile = readFile }

    func prices(
        _ path: String, namedAt position: YAMLPosition?, _ environment: Environment
    ) -> Result<(PriceTable, SourceText), Failure> {
        if let known = memory.withLock({ $0.prices[path] }) { return known }
        var text: SourceText?
        let result: Result<(PriceTable, SourceText), Failure>
        do throws(Finding) {
            let source = try SourceText.read(path, readFile, namedAt: position)
            let root = try source.singleDocument(namedAt: position)
            text = source
            let reading = Reading(environment: environment)
            if let table = PriceTable.table.read(root, reading), reading.errorCount == 0 {
                result = .success((table, source))
            } else {
                result = .failure(Failure(findings: reading.findings, text: source))
            }
        } catch {
            result = .failure(Failure(findings: [error], text: text))
        }
        memory.withLock { $0.prices[path] = result }
        return result
    }

    /// The labels that a file lists, one on each line, without blank lines.
    func labels(_ path: String, namedAt position: YAMLPosition?) -> Result<[String], Finding> {
        if let known = memory.withLock({ $0.labels[path] }) { return known }
        let result: Result<[String], Finding>
        do throws(Finding) {
            let text = try SourceText.read(path, readFile, namedAt: position)
            let labels = try FileMemory.labels(in: text.bytes) { reason in
                Finding(.unreadableFile(path, reason: reason), at: position)
            }
            result = .success(labels)
        } catch {
            result = .failure(error)
        }
        memory.withLock { $0.labels[path] = result }
        return result
    }

    /// The labels in the order of their lines. A label that counts twice would inflate a forecast.
    private static func labels(in bytes: [UInt8], _ failure: (String) -> Finding) throws(Finding) -> [String] {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("it is not UTF-8 text") }
        var labels: [String] = [], lines: [ExactText: Int] = [:]
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let label = line.trimmingCharacters(in: .whitespaces)
            if label.isEmpty { continue }
            if let first = lines.updateValue(number + 1, forKey: ExactText(label)) {
                throw failure("the label '\(label)' is listed twice, on lines \(first) and \(number + 1)")
            }
            labels.append(label)
        }
        guard !labels.isEmpty else { throw failure("it lists no labels") }
        return labels
    }
}

extension PriceTable {
    /// Parses a price table.
    /// - Throws: all problems of the table together.
    package static func read(
        _ text: SourceText, environment: Environment = Environment([:])
    ) throws(SpecificationError) -> PriceTable {
        var sources = SourceTexts()
        sources.add(text)
        let memory = FileMemory { _ in text.bytes }
        switch memory.prices(text.name, namedAt: nil, environment) {
        case .success(let (table, _)): return table
        case .failure(let failure):
            throw SpecificationError(failure.findings.map(\.diagnostic), sources: sources)
        }
    }
}
