// The request to a trainer: request.json of the trainer contract, version 1 (docs/trainers.md).

import Basics
import Planning
import TaskKit

/// A request to a program that trains, predicts or computes features. Paths are absolute.
struct TrainerRequest {
    static let contract = 1

    /// The action that is appended to the program's arguments.
    enum Action: String {
        case epoch, predict, features
    }

    var action: Action
    /// Counts from 1; `nil` for a prediction.
    var epoch: Int?
    var seed: Int
    var hyperparameters: JSONValue
    /// All labels of the dataset, sorted; for tasks other than classification, the names that their references use.
    var labels: [String]
    /// The task with the options that affect answers; `nil` for classification.
    var task: TaskChoice?
    /// CSV with the columns `path` and `label`; for items with `path`, `id`, the task's variables and `reference`.
    var train: String?
    /// The same; without rows if the split has no validation part.
    var validation: String?
    /// CSV with the column `path`; for items also with `id` and the task's variables.
    var table: String?
    /// A folder; `nil` for the first epoch.
    var checkpoint: String?
    /// An empty folder for everything that the program produces.
    var output: String
    /// Images to predict one at a time before the first measured one; `nil` if no evaluation measures latency.
    var warmup: Int?

    var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        var members: [String: JSONValue] = [
            "contract": .int(Int64(TrainerRequest.contract)), "action": .string(action.rawValue),
            "seed": .int(Int64(seed)), "hyperparameters": hyperparameters,
            "labels": .array(labels.map { .string($0) }), "checkpoint": text(checkpoint), "output": .string(output),
        ]
        if let task { members["task"] = ["name": .string(task.name), "options": .object(task.options.values)] }
        switch action {
        case .epoch:
            members["epoch"] = .int(Int64(epoch ?? 1))
            members["train"] = text(train)
            members["validation"] = text(validation)
        case .predict:
            members["table"] = text(table)
            members["latency"] = warmup.map { ["warmup": .int(Int64($0))] } ?? .null
        case .features: members["table"] = text(table)
        }
        return .object(members)
    }
}
