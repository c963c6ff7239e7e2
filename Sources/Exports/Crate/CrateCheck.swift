// Checks a crate: the digests of its files, and every number against the answers inside.

import Basics
import Foundation
import Platform
import Reporting
import Statistics
package import TaskKit

/// The result of `assay verify`.
package struct CrateCheck: Sendable {
    /// A deviation or an obstacle.
    package struct Problem: Hashable, Sendable {
        /// The kind of problem. The raw values appear in JSON output.
        package enum Kind: String, Hashable, Sendable, CaseIterable {
            /// The description is missing, damaged, too large or contradicts itself.
            case description
            /// A file is missing, a link, or outside the crate's folder.
            case file
            /// A file differs from its stated digest or size.
            case digest
            /// The crate's folder contains a file that its description does not list.
            case unlisted
            /// An answer's score contradicts the answer.
            case answer
            /// A number does not follow from the answers.
            case number
            /// A table or report does not follow from the answers.
            case text
        }

        /// The kind of problem.
        package var kind: Kind
        /// The file, relative to the crate's folder.
        package var file: String
        /// The position in the file; `nil` for the whole file.
        package var place: String?
        /// The deviation, with both values.
        package var message: String
    }

    /// The problems in the order of the checks.
    package private(set) var problems: [Problem] = []
    /// The number of problems that are not listed, because there are too many.
    package private(set) var unlisted = 0
    /// The number of files with checked digests.
    package private(set) var files = 0
    /// The number of answers with checked scores.
    package private(set) var answers = 0
    /// The number of recomputed numbers.
    package private(set) var numbers = 0
    /// The run's id; `nil` if the results could not be read.
    package private(set) var run: String?
    /// The version of Assay that made the results; `nil` if they could not be read.
    package private(set) var madeBy: String?

    /// Whether everything was checked and nothing deviates.
    package var isSound: Bool { problems.isEmpty }

    /// The largest number of problems that are listed.
    package static let maxProblems = 200
    /// The largest description that is read, in bytes.
    package static let descriptionLimit: Int64 = 16 << 20
    /// The largest file that is read into memory, in bytes. Other files are hashed in pieces.
    package static let contentLimit: Int64 = 256 << 20
    /// The largest `metrics.json`, in bytes. Its values take many times its size in memory.
    package static let metricsLimit: Int64 = 64 << 20
    /// The largest size of all files together, in bytes. A sparse file may state terabytes, which take hours to hash.
    package static let bytesLimit: Int64 = 8 << 30
    /// The largest number of files.
    package static let maxFiles = 10_000

    /// Checks a crate. Only the files that its description lists are read, and links are never followed.
    /// - Parameters:
    ///   - folder: the crate's folder.
    ///   - tasks: the tasks that results may name.
    ///   - version: this version of Assay. The Markdown report is compared only with one of the same version, because its
    ///     wording may change.
    package init(folder: String, tasks: TaskRegistry, version: String) {
        guard let listed = listedFiles(folder) else { return }
        let contents = checkDigests(listed, folder)
        checkUnlisted(listed, folder)
        for name in [Crate.results, Crate.metrics] where contents[name] == nil {
            guard !problems.contains(where: { $0.file == name }) else { continue }
            report(.file, name, "the crate has no \(name), so its numbers cannot be recomputed")
        }
        guard let stored = contents[Crate.results] else { return }
        recompute(stored, contents, tasks: tasks, version: version)
    }

    private mutating func report(_ kind: Problem.Kind, _ file: String, at place: String? = nil, _ message: String) {
        guard problems.count < CrateCheck.maxProblems else {
            unlisted += 1
            return
        }
        problems.append(Problem(kind: kind, file: file, place: place, message: message))
    }

    // MARK: Files

    private struct Listed {
        var path: SafePath
        var digest: Digest?
        var size: Int64?
    }

    /// The files of the description; `nil` if it cannot be used.
    private mutating func listedFiles(_ folder: String) -> [Listed]? {
        let name = Crate.metadata
        let data: Data
        do throws(Obstacle) { data = try CrateCheck.content(folder, [name], limit: CrateCheck.descriptionLimit) } catch {
            report(.description, name, error.reason)
            return nil
        }
        let document: JSONValue
        do { document = try JSONValue(parsing: data) } catch {
            report(.description, name, CrateCheck.reason(error))
            return nil
        }
        guard let graph = document["@graph"]?.array else {
            report(.description, name, "there is no list '@graph', so this is not an RO-Crate")
            return nil
        }
        var seen: Set<String> = []
        var listed: [Listed] = []
        for (at, entity) in graph.enumerated() {
            guard let id = entity["@id"]?.string else {
                report(.description, name, at: "@graph.\(at)", "the entity has no '@id'")
                continue
            }
            if !seen.insert(id).inserted {
                report(.description, name, at: "@graph.\(at)", "'\(CrateCheck.shown(id))' is listed twice")
                continue
            }
            let types = entity["@type"]?.array?.compactMap(\.string) ?? [entity["@type"]?.string].compactMap { $0 }
            guard types.contains("File") else { continue }
            guard listed.count < CrateCheck.maxFiles else {
                report(.description, name, "more than \(CrateCheck.maxFiles) files are described")
                return nil
            }
            guard !id.contains("://"), !id.lowercased().hasPrefix("file:"), let text = id.removingPercentEncoding else {
                report(.file, CrateCheck.shown(id), "the file is not in the crate; only files below its folder are checked")
                continue
            }
            let path: SafePath
            do throws(UnsafeName) { path = try SafePath(text) } catch {
                report(.file, CrateCheck.shown(id), "the path is refused: \(error.explanation)")
                continue
            }
            guard !path.names.isEmpty, path.description == text else {
                report(.file, CrateCheck.shown(id), "the path is not in its plain form")
                continue
            }
            if path.description == name {
                report(.description, name, "the description lists itself as a file, whose digest it cannot state")
                continue
            }
            listed.append(
                Listed(
                    path: path, digest: entity["sha256"]?.string.flatMap(Digest.init(hex:)),
                    size: (entity["contentSize"]?.string.flatMap { Int64($0) }) ?? entity["contentSize"]?.int.map(Int64.init)))
        }
        let parts = graph.first { $0["@id"]?.string == "./" }?["hasPart"]
        let named = Set((parts?.array ?? [parts].compactMap { $0 }).compactMap { $0["@id"]?.string })
        for file in listed where !named.contains(file.path.description) {
            report(.description, name, "'\(file.path)' is described but not part of the crate ('hasPart')")
        }
        for part in named.sorted() where !seen.contains(part) {
            report(.description, name, "'\(CrateCheck.shown(part))' is a part of the crate but is not described")
        }
        return listed
    }

    /// Hashes the listed files, and keeps the contents of those that the numbers are recomputed from.
    private mutating func checkDigests(_ listed: [Listed], _ folder: String) -> [String: Data] {
        let needed: Set<String> = [
            Crate.results, Crate.metrics, Crate.predictions, Crate.table, Crate.markdown, Crate.spec,
        ]
        var contents: [String: Data] = [:]
        var room = CrateCheck.bytesLimit
        for file in listed {
            let name = file.path.description
            let names = file.path.names.map(\.text)
            do throws(Obstacle) {
                let found: Digest, size: Int64
                if needed.contains(name) {
                    let limit = name == Crate.metrics ? CrateCheck.metricsLimit : CrateCheck.contentLimit
                    let data = try CrateCheck.content(folder, names, limit: limit)
                    (found, size) = (Digest(of: data), Int64(data.count))
                    contents[name] = data
                } else {
                    (found, size) = try CrateCheck.digest(folder, names, limit: room)
                }
                room -= size
                files += 1
                guard let digest = file.digest else {
                    report(.digest, name, "the description states no SHA-256 digest ('sha256' with 64 hexadecimal digits)")
                    continue
                }
                if digest != found {
                    report(
                        .digest, name, "the content has changed: its SHA-256 is \(found.hex), the description has \(digest.hex)")
                }
                if let stated = file.size, stated != size {
                    report(.digest, name, "it has \(size) bytes, the description has \(stated)")
                }
            } catch {
                report(.file, name, error.reason)
            }
        }
        return contents
    }

    private mutating func checkUnlisted(_ listed: [Listed], _ folder: String) {
        let known = Set(listed.map(\.path.description) + [Crate.metadata])
        var open = [""], seen = 0
        while let below = open.popLast() {
            let names: [String]
            do { names = try LocalFileSystem().list(below.isEmpty ? folder : folder + "/" + below) } catch {
                report(.file, below.isEmpty ? "." : below, "the folder cannot be listed: \(error)")
                continue
            }
            for name in names.sorted() {
                seen += 1
                guard seen <= CrateCheck.maxFiles else {
                    report(.unlisted, ".", "the crate's folder contains more than \(CrateCheck.maxFiles) names")
                    return
                }
                let path = below.isEmpty ? name : below + "/" + name
                let isLink = LocalFileSystem().isLink(folder + "/" + path) ?? false
                let kind = isLink ? nil : (try? LocalFileSystem().status(folder + "/" + path))??.kind
                if kind == .folder {
                    open.append(path)
                } else if !known.contains(path) {
                    report(
                        .unlisted, CrateCheck.shown(path),
                        "the crate's folder contains this file, but its description does not list it")
                }
            }
        }
    }

    private struct Obstacle: Error { var reason: String }

    /// The content of a file; no component of its path may be a link.
    private static func content(_ folder: String, _ names: [String], limit: Int64) throws(Obstacle) -> Data {
        let path = try checked(folder, names)
        do { return try LocalFileSystem().read(path, limit: limit) } catch {
            throw Obstacle(reason: "it cannot be read: \(error)")
        }
    }

    private static func digest(_ folder: String, _ names: [String], limit: Int64) throws(Obstacle) -> (Digest, Int64) {
        let path = try checked(folder, names)
        let size = ((try? LocalFileSystem().status(path)) ?? nil)?.size ?? 0
        guard size <= limit else {
            throw Obstacle(
                reason: "it has \(size) bytes, and all files of a crate together may have \(CrateCheck.bytesLimit >> 30) GiB")
        }
        do {
            let found = try FileDigest(ofFileAt: path)
            return (found.digest, found.bytes)
        } catch { throw Obstacle(reason: "it cannot be read: \(error)") }
    }

    private static func checked(_ folder: String, _ names: [String]) throws(Obstacle) -> String {
        let files = LocalFileSystem()
        var path = folder
        for (at, name) in names.enumerated() {
            path += "/" + name
            guard let isLink = files.isLink(path) else { throw Obstacle(reason: "it is missing") }
            if isLink { throw Obstacle(reason: "it is a link, or below one; links are not followed") }
            let kind: FileStatus?
            do { kind = try files.status(path) } catch { throw Obstacle(reason: "it cannot be read: \(error)") }
            guard let kind else { throw Obstacle(reason: "it is missing") }
            guard kind.kind == (at == names.count - 1 ? .file : .folder) else {
                throw Obstacle(reason: "it is not a regular file")
            }
        }
        return path
    }

    private static func shown(_ text: String) -> String { String(text.prefix(200)) }

    /// Why a document cannot be decoded, without the description of the error's type.
    private static func reason(_ error: any Error) -> String { (error as? DecodingError)?.reason ?? "\(error)" }

    // MARK: Numbers

    private mutating func recompute(_ stored: Data, _ contents: [String: Data], tasks: TaskRegistry, version: String) {
        let results: ExperimentResults
        do {
            results = try ExperimentResults(stored: stored)
        } catch {
            report(.file, Crate.results, "not the results of a run: \(CrateCheck.shown(CrateCheck.reason(error)))")
            return
        }
        run = results.run.text
        madeBy = results.version
        checkAnswers(results)
        let source = ExportSource(results, tasks: tasks)
        if results.task != nil, (try? tasks.task(results.task ?? TaskChoice(TaskChoice.classification))) == nil {
            report(
                .number, Crate.results,
                "the task '\(results.task?.name ?? "")' is unknown to this version, so its metrics cannot be recomputed")
        }
        if let data = contents[Crate.metrics] { checkMetrics(data, source) }
        let isSameVersion = results.version == version
        for (name, text, kind) in [
            (Crate.predictions, source.report.predictions(), "the table of answers"),
            (Crate.table, source.csv(), "the table of metrics"), (Crate.spec, results.specText, "the spec"),
            (Crate.markdown, isSameVersion ? source.report.markdown() : nil, "the report"),
        ] as [(String, String?, String)] {
            guard let data = contents[name], let text, data != Data(text.utf8) else { continue }
            let lines = String(decoding: data, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
            let line =
                zip(lines, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
                ?? min(lines.count, expected.count)
            func shown(_ lines: [Substring]) -> String {
                lines.indices.contains(line) ? "'\(CrateCheck.shown(String(lines[line])))'" : "nothing"
            }
            report(
                .text, name, at: "line \(line + 1)",
                "\(kind) does not follow from \(Crate.results): it has \(shown(lines)), recomputed is \(shown(expected))")
        }
    }

    /// Checks that each score follows from the answer.
    private mutating func checkAnswers(_ results: ExperimentResults) {
        let labels = Set(results.labels)
        for variant in results.variants {
            for evaluation in variant.evaluations {
                for model in evaluation.models {
                    let place = "\(variant.name).\(evaluation.name).\(model.model)"
                    if !model.repeats.isEmpty, model.repeats[0] != model.answers {
                        report(.answer, Crate.results, at: place, "the first repeat differs from the answers")
                    }
                    for (number, list) in (model.repeats.isEmpty ? [model.answers] : model.repeats).enumerated() {
                        var seen: Set<String> = []
                        for answer in list {
                            answers += 1
                            let at = "\(place).\(number > 0 ? "repeat \(number + 1)." : "")\(CrateCheck.shown(answer.example))"
                            if !seen.insert(answer.example).inserted {
                                report(.answer, Crate.results, at: at, "the item has two answers")
                            }
                            if let reason = CrateCheck.contradiction(answer, labels, isClassification: results.task == nil) {
                                report(.answer, Crate.results, at: at, reason)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Why a score cannot follow from its answer; `nil` if it can.
    private static func contradiction(_ answer: ScoredAnswer, _ labels: Set<String>, isClassification: Bool) -> String? {
        func quoted(_ text: String?) -> String { text.map { "'\(shown($0))'" } ?? "nothing" }
        guard isClassification else {
            guard let item = answer.item else { return "the answer has no counts" }
            if item.score.counts.values.contains(where: { !$0.isFinite }) { return "a count is not a number" }
            return contradiction(answer, item)
        }
        if let matched = answer.matched, !labels.contains(matched) {
            return "it matched \(quoted(matched)), which is not a label"
        }
        switch answer.outcome {
        case .correct:
            guard answer.matched == answer.label else {
                return "scored as correct: it matched \(quoted(answer.matched)), the label is \(quoted(answer.label))"
            }
        case .wrong:
            guard let matched = answer.matched, matched != answer.label else {
                return "scored as wrong: it matched \(quoted(answer.matched)), the label is \(quoted(answer.label))"
            }
        case .unmatched:
            if answer.matched != nil { return "scored as unmatched, but it matched \(quoted(answer.matched))" }
            // JSON of the wrong form is unmatched, whatever its text is.
            if answer.reason == nil, let text = answer.answer, labels.contains(text) {
                return "scored as unmatched, but its text \(quoted(text)) is a label"
            }
        case .unanswered, .missing:
            if answer.matched != nil { return "scored as \(answer.outcome.rawValue), and it matched \(quoted(answer.matched))" }
        case .answered: return "a label is scored as answered, although every label is right or wrong"
        }
        // The images of a group have counts, which follow from the labels.
        if let item = answer.item, item.score != answer.countsOfLabel {
            return "scored as \(answer.outcome.rawValue), but its counts contradict this"
        }
        if let matched = answer.matched, answer.isNormalized != true, answer.answer != matched {
            return "its text \(quoted(answer.answer)) is not \(quoted(matched)), which it is recorded to match exactly"
        }
        if answer.isNormalized == true, let text = answer.answer, labels.contains(text), text != answer.matched {
            return "its text \(quoted(text)) is a label, but it is recorded to match \(quoted(answer.matched))"
        }
        return nil
    }

    /// Why the outcome of an item cannot follow from its counts and its reading; `nil` if it can.
    private static func contradiction(_ answer: ScoredAnswer, _ item: AnsweredItem) -> String? {
        let right = item.score["right"]
        let isRead = answer.matched != nil
        if let right, right != 0, right != 1 { return "'right' is \(right) in its counts, and can only be 0 or 1" }
        let counts =
            right.map { $0 == 1 ? "its counts state a right answer" : "its counts state a wrong answer" }
            ?? "its counts state no verdict"
        let isPossible =
            switch answer.outcome {
            case .correct: right == 1 && isRead
            case .wrong: right == 0 && isRead
            case .answered: right == nil && isRead
            case .unmatched, .unanswered: right != 1 && !isRead
            case .missing: item.score.counts.isEmpty && !isRead
            }
        if answer.outcome == .missing, answer.answer != nil { return "a missing answer has a text" }
        if isPossible { return nil }
        return "scored as \(answer.outcome.rawValue), but \(counts)\(isRead ? "" : ", and it was not read")"
    }

    private mutating func checkMetrics(_ data: Data, _ source: ExportSource) {
        let stated: JSONValue
        do { stated = try JSONValue(parsing: data) } catch {
            report(.number, Crate.metrics, CrateCheck.reason(error))
            return
        }
        compare(stated, source.document, "")
        // A repeated member would be read differently by different programs.
        if data != Data((stated.pretty + "\n").utf8) {
            report(.text, Crate.metrics, "not in the form that Assay writes; a member may be repeated")
        }
    }

    /// Compares numbers up to the last digits, which may differ between machines, and everything else exactly.
    private mutating func compare(_ stated: JSONValue?, _ computed: JSONValue?, _ path: String) {
        func below(_ name: String) -> String { path.isEmpty ? name : path + "." + name }
        switch (stated, computed) {
        case (.object(let a)?, .object(let b)?):
            for name in Set(a.keys).union(b.keys).sorted() { compare(a[name], b[name], below(name)) }
        case (.array(let a)?, .array(let b)?):
            for at in 0..<max(a.count, b.count) {
                compare(a.indices.contains(at) ? a[at] : nil, b.indices.contains(at) ? b[at] : nil, below(String(at)))
            }
        default:
            numbers += 1
            if let a = stated?.double, let b = computed?.double, stated?.string == nil, computed?.string == nil {
                guard abs(a - b) > 1e-9 * max(1, abs(a), abs(b)) else { return }
            } else if stated == computed {
                return
            }
            func shown(_ value: JSONValue?) -> String { value.map { CrateCheck.shown($0.canonical) } ?? "absent" }
            report(.number, Crate.metrics, at: path, "stated \(shown(stated)), recomputed \(shown(computed))")
        }
    }
}

extension ScoredAnswer {
    /// The counts of an answer to an image of a group.
    fileprivate var countsOfLabel: ItemScore {
        counts ? ClassificationCounts.score(label: label, matched: matched, isCorrect: isCorrect) : ItemScore([:])
    }
}
