// Graders of reinforcement fine-tuning, in the provider's JSON form, and the rewards they compute.

package import Basics
import Foundation

/// Why a grader cannot be used.
package struct GraderProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// A phrase that names the problem, for error messages.
    package var description: String
    /// - Parameter description: a phrase for error messages.
    package init(_ description: String) { self.description = description }
}

/// A grader, which computes an answer's reward.
package indirect enum RewardGrader: Hashable, Sendable, Codable {
    /// Comparisons of `string_check`: equal, not equal, contains, contains ignoring case.
    package enum StringOperation: String, Hashable, Sendable, Codable, CaseIterable { case eq, ne, like, ilike }

    /// 1 if the comparison holds, else 0.
    case stringCheck(StringOperation, input: String, reference: String)
    /// A similarity from 0 to 1.
    case textSimilarity(TextSimilarity, input: String, reference: String)
    /// A formula over the rewards of named graders.
    case multi([String: RewardGrader], RewardFormula)
}

extension RewardGrader {
    /// Parses a grader. `score_model` is rejected because the emulator has no language model.
    /// - Throws: `GraderProblem`.
    package init(_ json: JSONValue) throws(GraderProblem) {
        func text(_ name: String) throws(GraderProblem) -> String {
            guard let text = json[name]?.string, !text.isEmpty else { throw GraderProblem("'\(name)' is missing.") }
            return text
        }
        switch json["type"]?.string {
        case "string_check":
            guard let operation = StringOperation(rawValue: try text("operation")) else {
                throw GraderProblem("'operation' must be eq, ne, like or ilike.")
            }
            self = .stringCheck(operation, input: try text("input"), reference: try text("reference"))
        case "text_similarity":
            let metric = try text("evaluation_metric")
            guard let similarity = TextSimilarity(rawValue: metric) else {
                throw GraderProblem("'\(metric)' is not a supported evaluation metric.")
            }
            self = .textSimilarity(similarity, input: try text("input"), reference: try text("reference"))
        case "multi":
            guard let members = json["graders"]?.object, !members.isEmpty else {
                throw GraderProblem("'graders' is missing.")
            }
            var graders: [String: RewardGrader] = [:]
            for (name, member) in members {
                guard member["type"]?.string != "multi" else {
                    throw GraderProblem("A multi grader cannot contain another multi grader.")
                }
                graders[name] = try RewardGrader(member)
            }
            let formula = try RewardFormula(text("calculate_output"))
            if let unknown = formula.names.first(where: { graders[$0] == nil }) {
                throw GraderProblem("'calculate_output' names '\(unknown)', which is not a grader.")
            }
            self = .multi(graders, formula)
        case "score_model":
            throw GraderProblem(
                "'score_model' lets a language model read and score the answer; the emulated model classifies images and "
                    + "cannot. Use string_check, text_similarity or multi here.")
        case let other:
            throw GraderProblem("'\(other ?? "")' is not a type of grader.")
        }
    }

    /// Computes the reward of an answer.
    /// - Parameters:
    ///   - answer: the model's reply.
    ///   - item: the example's members besides its messages.
    package func reward(of answer: String, item: [String: JSONValue]) -> Double {
        func filled(_ template: String) -> String { RewardGrader.filled(template, answer: answer, item: item) }
        switch self {
        case .stringCheck(let operation, let input, let reference):
            let (input, reference) = (filled(input), filled(reference))
            let holds =
                switch operation {
                case .eq: input == reference
                case .ne: input != reference
                case .like: input.contains(reference)
                case .ilike: input.lowercased().contains(reference.lowercased())
                }
            return holds ? 1 : 0
        case .textSimilarity(let metric, let input, let reference):
            return metric.score(filled(input), filled(reference))
        case .multi(let graders, let formula):
            return formula.value(graders.mapValues { $0.reward(of: answer, item: item) })
        }
    }

    /// Fills in a template with `{{ sample.output_text }}`, `{{ sample.output_json.x }}` and `{{ item.x }}`; missing
    /// values become empty.
    static func filled(_ template: String, answer: String, item: [String: JSONValue]) -> String {
        template.replacing(#/\{\{\s*([A-Za-z0-9_.]+)\s*\}\}/#) { match in
            let path = match.output.1.split(separator: ".").map(String.init)
            var value: JSONValue?
            if path == ["sample", "output_text"] {
                value = .string(answer)
            } else if path.starts(with: ["sample", "output_json"]) {
                value = path.dropFirst(2).reduce(try? JSONValue(parsing: Data(answer.utf8))) { $0?[$1] }
            } else if path.first == "item", path.count > 1 {
                value = path.dropFirst(2).reduce(item[path[1]]) { $0?[$1] }
            }
            return value.map { $0.string ?? $0.canonical } ?? ""
        }
    }
}
