// Differences between the generations of Gemini (documentation, 2026-10).

import Basics

/// The generation of a model, from its name.
struct GeminiFamily: Hashable, Sendable {
    /// The version, such as 3.5; `nil` if the name has another form.
    let version: Double?
    private let name: String

    init(_ model: String) {
        name = model.lowercased()
        version = name.firstMatch(of: #/gemini-(\d+(?:\.\d+)?)/#).flatMap { Double($0.output.1) }
    }

    /// Whether tuned models answer at `us` or `eu` and not at their region.
    var answersTunedInMultiRegion: Bool { version.map { $0 >= 3 } ?? false }
    /// Whether `temperature` and `top_p` are ignored.
    var ignoresSampling: Bool { version.map { $0 >= 3.5 } ?? false }
    /// Whether thinking can be switched off.
    var canSwitchThinkingOff: Bool { version.map { $0 < 3 } ?? true }
    /// Whether the amount of thinking is a level and not a budget.
    var hasThinkingLevels: Bool { version.map { $0 >= 3 } ?? true }
    /// Whether the lowest level of thinking is refused.
    var refusesMinimalThinking: Bool { version == 3.8 }
    /// The regions that tune it; `nil` for all.
    var tuningRegions: [String]? { version.map { $0 >= 3 } ?? false ? ["us-central1", "europe-west4"] : nil }
    /// The largest adapter; 32 is refused for all.
    var maxAdapterSize: Int { name.contains("2.5-pro") ? 8 : 16 }
}
