// A thousand random edits of real specs: the notation never changes a key, and a change of meaning always does.
// ASSAY_EDITS=5000 in the environment makes that many edits of each spec, with new seeds, and tries every value instead
// of every other.

import Basics
import Foundation
import Planning
import ProviderKit
import Providers
import Specification
import Testing

@Suite struct RandomEditTests {
    static let names = ["quickstart", "photographs", "scikit-learn", "stanford-dogs"]
    /// The requested number of edits per spec; `nil` for the default.
    static let asked = ProcessInfo.processInfo.environment["ASSAY_EDITS"].flatMap(Int.init)
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ name: String) -> String { root.appendingPathComponent("experiments/\(name).yaml").path }

    /// Loads an experiment with another text instead of its file's.
    static func load(_ name: String, text: String? = nil, settings: [String] = []) throws -> LoadedSpec {
        let path = path(name)
        let loader = SpecLoader(
            environment: Environment(["ASSAY_DATA": "/data", "AZURE_OPENAI_ENDPOINT": "https://a.example"]),
            today: "2025-10-01", providers: builtInProviders.keys
        ) { asked in
            if asked == path, let text { return Array(text.utf8) }
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: asked)))
        }
        return try loader.load(path, settings: settings)
    }

    @Test(arguments: names) func writingTheSameOtherwiseChangesNoKey(name: String) throws {
        let text = try String(contentsOfFile: Self.path(name), encoding: .utf8)
        let node = try #require(try YAMLReader.documents(SourceText(name: name, text: text)).first)
        let keys = try PlannedText.keys(try Self.load(name))
        #expect(keys.count > 15)
        var texts: Set<String> = []
        // A thousand together.
        let count = Self.asked ?? (name == "quickstart" ? 460 : 180)
        let first = Self.asked == nil ? 0 : Int.random(in: 0..<1 << 40)
        for seed in first..<first + count {
            var writer = RandomWriter(seed: UInt64(seed))
            let edited = writer.text(of: node)
            texts.insert(edited)
            do {
                let loaded = try Self.load(name, text: edited)
                let found = try PlannedText.keys(loaded)
                guard found != keys else { continue }
                let changed = Set(found.keys).union(keys.keys).filter { found[$0] != keys[$0] }
                Issue.record("seed \(seed) changed \(changed.map(\.text).sorted()):\n\(edited)")
            } catch let error as SpecificationError {
                Issue.record("seed \(seed): \(error.diagnostics.map(\.description))\n\(edited)")
            }
        }
        #expect(texts.count == count)
    }

    /// Defaults that are written out, and other words for the same.
    @Test(arguments: [
        ("quickstart", "splits.main.from=counts"), ("quickstart", "dataset.layout=folder-per-label"),
        ("quickstart", "dataset.generate.size=64"), ("quickstart", "splits.main.seed=9"),
        ("quickstart", "models.cnn.train.weights=none"), ("quickstart", "models.cnn.train.label_smoothing=0"),
        ("quickstart", "models.cnn.train.select=best-validation-accuracy"),
        ("quickstart", "models.cnn.train.optimizer.adamw.learning_rate=0.002"),
        ("quickstart", "requests.json.detail=low"), ("quickstart", "requests.plain.temperature=0.0"),
        ("quickstart", "evaluations.accuracy.repeats=1"), ("quickstart", "evaluations.accuracy.allow_missing=false"),
        ("quickstart", "models.tuned.fine_tune.data.validation=true"),
        ("quickstart", "evaluations.accuracy.models.cnn.split=main.test"),
        ("photographs", "models.cnn.train.schedule.cosine.minimum=0"),
        (
            "photographs",
            "models.cnn.train.augment=[{random_resized_crop: {size: 96, scale: [0.8, 1]}}, "
                + "{random_horizontal_flip: {probability: 0.5}}, "
                + "{color_jitter: {brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1}}]"
        ),
    ]) func sayingTheSameChangesNoKey(name: String, setting: String) throws {
        #expect(
            try PlannedText.keys(try Self.load(name, settings: [setting])) == PlannedText.keys(try Self.load(name)))
    }

    /// The reason why a change of the value at a path (with `*` for any part) changes no key.
    static let exempt: [(path: String, reason: String)] = [
        ("assay", "the version of the format, which has one value"), ("name", "a title"), ("description", "a title"),
        ("baseline", "which comparisons are reported"), ("prices", "prices touch no key"), ("budget", "a limit"),
        ("claims", "held against scores at the end"), ("variants", "other specs"), ("sweep", "other specs"),
        ("dataset.expect", "only forecasts use it"), ("models.*.deployment", "a name for a model"),
        ("models.*.batch_deployment", "a name for a model"), ("models.*.deploy", "how a model is put up"),
        ("models.*.command.time_limit", "when to give up"),
        ("models.*.command.environment", "the name of a variable that is not set"),
        ("providers.*.api_key", "a secret"), ("providers.*.api_version", "how the same is asked for"),
        ("providers.*.control_plane", "where deployments are made"), ("providers.*.price_as", "prices touch no key"),
    ]

    private static func isExempt(_ path: [String]) -> Bool {
        exempt.contains { item in
            let parts = item.path.split(separator: ".").map(String.init)
            return parts.count <= path.count && zip(parts, path).allSatisfy { $0 == "*" || $0 == $1 }
        }
    }

    /// Interchangeable names of one kind.
    private static let kinds = [
        ["main.train", "main.validation", "main.test"], ["by-name.validation", "by-name.test", "shuffled.test"],
        ["json", "plain", "timed"], ["classify", "classify-timed"], ["by-name", "shuffled"],
    ]

    /// Possible replacements for a value: of the same type, or from the same list of words.
    private static func others(_ value: JSONValue, _ lists: [[String]]) -> [String] {
        switch value {
        case .int(let number): ["\(number + 1)", "\(number - 1)", "\(max(1, number / 2))", "\(number * 2)"]
        case .double(let number): ["\(number / 2)", "\(number * 1.5)"]
        case .bool(let flag): ["\(!flag)"]
        case .string(let text):
            lists.filter { $0.contains(text) }.flatMap { $0 }.filter { $0 != text }
                + [JSONValue.string(text + " other").canonical, text + "x"]
        default: []
        }
    }

    @Test(arguments: names) func sayingSomethingElseChangesAKey(name: String) throws {
        let loaded = try Self.load(name)
        let keys = try PlannedText.keys(loaded)
        let lists = Self.kinds + SpecSchema.experiment(with: builtInProviders.keys).enums
        var changed = 0
        for (path, value) in loaded.root.json.leaves where !Self.isExempt(path) {
            let place = path.joined(separator: ".")
            // The first of the values that the spec may have here.
            for other in Self.others(value, lists) {
                guard let edited = try? Self.load(name, settings: ["\(place)=\(other)"]) else { continue }
                if edited.spec == loaded.spec { continue }
                changed += 1
                #expect(try PlannedText.keys(edited) != keys, "\(place)=\(other)")
                if Self.asked == nil { break }
            }
        }
        #expect(changed >= 30)
        print("\(changed) changes of what \(name) says")
    }
}

extension JSONValue {
    /// All scalars with their paths.
    fileprivate var leaves: [(path: [String], value: JSONValue)] {
        switch self {
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { key, member in
                // A dot in a key has no form in a path.
                key.contains(".") ? [] : member.leaves.map { ([key] + $0.path, $0.value) }
            }
        case .array(let items):
            items.enumerated().flatMap { index, item in item.leaves.map { ([String(index)] + $0.path, $0.value) } }
        default: [([], self)]
        }
    }

    /// The lists of words that a schema has anywhere.
    fileprivate var enums: [[String]] {
        switch self {
        case .object(let members):
            members.sorted { $0.key < $1.key }.flatMap { key, member in
                key == "enum" ? [member.array?.compactMap(\.string) ?? []] : member.enums
            }
        case .array(let items): items.flatMap(\.enums)
        default: []
        }
    }
}

/// Writes a document in one of the many ways that mean the same: order of keys, block or flow, quotes, spellings of
/// numbers, comments, blank lines, anchors, ends of lines.
struct RandomWriter {
    private var random: SeededRandom
    private var anchors: [String: String] = [:]
    private let usesCRLF: Bool
    private let usesAnchors: Bool

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        usesCRLF = Int.random(in: 0..<6, using: &random) == 0
        usesAnchors = Bool.random(using: &random)
    }

    mutating func text(of node: YAMLNode) -> String {
        var text = chance(4) ? "%YAML 1.1\n---\n" : ""
        text += block(node, indent: 0, key: "")
        return usesCRLF ? text.replacing("\n", with: "\r\n") : text
    }

    private mutating func chance(_ of: Int) -> Bool { Int.random(in: 0..<of, using: &random) == 0 }

    private mutating func noise(_ indent: Int) -> String {
        var text = ""
        if chance(6) { text += String(repeating: " ", count: chance(2) ? 0 : indent) + "# a note: { [\n" }
        if chance(8) { text += "\n" }
        return text
    }

    private mutating func trailing() -> String { chance(8) ? "   # note" : chance(9) ? "  " : "" }

    private mutating func pairs(_ node: YAMLNode, key: String) -> [YAMLPair] {
        // Replacements are applied one after the other, so their order matters.
        let pairs = node.pairs ?? []
        return key == "replace" ? pairs : pairs.shuffled(using: &random)
    }

    /// A map or a list as block lines that begin with `indent` spaces.
    private mutating func block(_ node: YAMLNode, indent: Int, key: String) -> String {
        let pad = String(repeating: " ", count: indent)
        var text = ""
        if node.pairs != nil {
            for pair in pairs(node, key: key) {
                text += noise(indent) + pad + keyText(pair.key) + ":" + value(pair.value, indent: indent, key: pair.key)
            }
        } else {
            for item in node.items ?? [] { text += noise(indent) + pad + "-" + value(item, indent: indent, key: "") }
        }
        return text
    }

    /// The text after `key:` or `-`, to the end of its line.
    private mutating func value(_ node: YAMLNode, indent: Int, key: String) -> String {
        let isEmpty = node.pairs?.isEmpty ?? node.items?.isEmpty ?? false
        if node.scalar != nil || isEmpty || chance(2) { return " " + flow(node, key: key) + trailing() + "\n" }
        return trailing() + "\n" + block(node, indent: indent + 1 + Int.random(in: 0..<4, using: &random), key: key)
    }

    private mutating func flow(_ node: YAMLNode, key: String) -> String {
        let space = chance(2) ? " " : ""
        if node.pairs != nil {
            var parts: [String] = []
            for pair in pairs(node, key: key) { parts.append(keyText(pair.key) + ": " + flow(pair.value, key: pair.key)) }
            return "{" + space + parts.joined(separator: ", ") + space + "}"
        }
        if let items = node.items {
            var parts: [String] = []
            for item in items { parts.append(flow(item, key: "")) }
            return "[" + space + parts.joined(separator: chance(2) ? "," : ", ").replacing(",", with: ", ") + space + "]"
        }
        return scalar(node)
    }

    private mutating func keyText(_ key: String) -> String {
        let isPlain = key.wholeMatch(of: #/[A-Za-z][A-Za-z0-9_.-]*/#) != nil
        return isPlain && !chance(8) ? key : JSONValue.string(key).canonical
    }

    private mutating func scalar(_ node: YAMLNode) -> String {
        guard let scalar = node.scalar else { return "" }
        let written = spelled(scalar)
        guard usesAnchors, scalar.text.count > 1 else { return written }
        let identity = "\(scalar.resolved)"
        if let name = anchors[identity] { return "*\(name) " }
        guard chance(5) else { return written }
        let name = "a\(anchors.count)"
        anchors[identity] = name
        return "&\(name) \(written)"
    }

    private mutating func spelled(_ scalar: YAMLScalar) -> String {
        switch scalar.resolved {
        case .null: return ["~", "null", "Null"].randomElement(using: &random) ?? "~"
        case .bool(let flag): return (flag ? ["true", "True"] : ["false", "FALSE"]).randomElement(using: &random) ?? ""
        case .int(let number):
            guard number >= 0 else { return "\(number)" }
            let forms = ["\(number)", "+\(number)", "0x\(String(number, radix: 16))", "0o\(String(number, radix: 8))"]
            return forms.randomElement(using: &random) ?? ""
        case .double(let number):
            let forms = ["\(number)", String(format: "%.17e", number), number < 0 ? "\(number)" : "+\(number)"]
            return forms.randomElement(using: &random) ?? ""
        case .string(let text):
            let double = JSONValue.string(text).canonical
            if text.contains("\n") || text.isEmpty { return double }
            let isPlain =
                text.wholeMatch(of: #/[A-Za-z][A-Za-z0-9_.-]*/#) != nil
                && YAMLScalar.coreValue(text) == .string(text)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: return double
            case 1: return "'" + text.replacing("'", with: "''") + "'"
            default: return isPlain ? text : double
            }
        }
    }
}
