// From the words of the spec to those of the steps.

package import Specification
package import VisionProtocol

extension DatasetLayout {
    init(_ layout: DatasetSpec.Layout) {
        self = switch layout {
        case .folderPerLabel: .folderPerLabel
        case .splitFolders: .splitFolders
        }
    }
}

extension LabelRule {
    init(_ spec: LabelSpec) {
        self.init(
            after: spec.after,
            replace: Dictionary(spec.replace.map { ($0.old, $0.new) }, uniquingKeysWith: { first, _ in first }),
            letterCase: spec.letterCase.map { letterCase in
                switch letterCase {
                case .title: .title
                case .lower: .lower
                case .upper: .upper
                }
            })
    }
}

extension SplitRule {
    init(_ spec: SplitSpec) {
        let order: Order = switch spec.order {
        case .name: .name
        case .pythonShuffle: .pythonShuffle(seed: spec.seed ?? 0)
        }
        self.init(
            counts: spec.source == .dataset ? [:] : [.train: spec.train, .validation: spec.validation, .test: spec.test],
            first: spec.first, order: order, usesDatasetParts: spec.source == .dataset)
    }
}

extension SplitRule: Codable {
    private enum CodingKeys: String, CodingKey { case train, validation, test, first, order, seed, usesDatasetParts }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        var counts: [SplitPart: Int] = [:]
        counts[.train] = try container.decodeIfPresent(Int.self, forKey: .train)
        counts[.validation] = try container.decodeIfPresent(Int.self, forKey: .validation)
        counts[.test] = try container.decodeIfPresent(Int.self, forKey: .test)
        let seed = try container.decodeIfPresent(Int.self, forKey: .seed) ?? 0
        let order: Order = switch try container.decode(String.self, forKey: .order) {
        case "python-shuffle": .pythonShuffle(seed: seed)
        case "seeded": .seeded(seed: seed)
        default: .name
        }
        self.init(
            counts: counts, first: try container.decodeIfPresent(Int.self, forKey: .first), order: order,
            usesDatasetParts: try container.decode(Bool.self, forKey: .usesDatasetParts))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(counts[.train], forKey: .train)
        try container.encodeIfPresent(counts[.validation], forKey: .validation)
        try container.encodeIfPresent(counts[.test], forKey: .test)
        try container.encodeIfPresent(first, forKey: .first)
        try container.encode(usesDatasetParts, forKey: .usesDatasetParts)
        switch order {
        case .name: try container.encode("name", forKey: .order)
        case .pythonShuffle(let seed):
            try container.encode("python-shuffle", forKey: .order)
            try container.encode(seed, forKey: .seed)
        case .seeded(let seed):
            try container.encode("seeded", forKey: .order)
            try container.encode(seed, forKey: .seed)
        }
    }
}
