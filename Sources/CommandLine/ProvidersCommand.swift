// `assay providers`: lists the capabilities of each kind of provider.

import Application
import ArgumentParser
import Basics
import Foundation
import ProviderKit
import Providers
import Specification

struct ProvidersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "providers", abstract: "List the capabilities of each kind of provider.",
        discussion: "'assay validate' reports every setting in a spec that a provider does not support, with its position.")

    @Flag(help: "Print the table as JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            if json {
                let kinds = builtInProviders.plugins.map { ($0.kind, $0.capabilities.json) }
                Terminal.writeJSON(["providers": .object(Dictionary(kinds, uniquingKeysWith: { first, _ in first }))])
            } else {
                Terminal.write(ProvidersCommand.text)
            }
        }
    }

    /// One block per kind, so that long texts stay readable at 80 columns.
    private static var text: String {
        builtInProviders.plugins.map { plugin in
            let rows = plugin.capabilities.rows
            let width = rows.map(\.0.count).max() ?? 0
            let lines = rows.map { name, value in
                "  " + name.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + value
            }
            return ([plugin.kind] + lines).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}

extension ProviderCapabilities {
    /// The table's rows for text output.
    fileprivate var rows: [(String, String)] {
        var rows = [("request", requestKeys.joined(separator: ", ")), ("storage", storage ?? "none")]
        if let batch {
            rows += [
                ("batch tag", batch.tag), ("result lines matched by", batch.matchedBy),
                ("batch file", "\(batch.minLines) to \(batch.maxLines) lines, at most \(batch.maxBytes) bytes"),
            ]
        } else {
            rows.append(("batch", "none"))
        }
        if let tuning {
            rows += [
                ("tuning tag", tuning.tag), ("tuning methods", tuning.methods.map(\.rawValue).joined(separator: ", ")),
                ("hyperparameters", tuning.hyperparameters.map { $0.text(of: tuning.methods) }.joined(separator: "; ")),
                ("tuning seed", tuning.supportsSeed ? "can be set" : "none"),
                ("training_type", tuning.tiers.isEmpty ? "no choice" : tuning.tiers.joined(separator: ", ")),
                ("earlier checkpoints", tuning.checkpoints ?? "none"),
            ]
        } else {
            rows.append(("tuning", "none"))
        }
        rows += [
            ("tuned model served by", hosting ?? "its own name"), ("billed by the hour", hourly),
            ("detail", details.map(\.rawValue).joined(separator: ", ")),
        ]
        return rows
    }

    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = ["request": ProviderCapabilities.texts(requestKeys)]
        members["storage"] = storage.map { .string($0) } ?? .null
        members["batch"] = batch?.json ?? .null
        members["tuning"] = tuning?.json ?? .null
        members["hosting"] = hosting.map { .string($0) } ?? .null
        members["hourly"] = .string(hourly)
        members["details"] = ProviderCapabilities.texts(details.map(\.rawValue))
        return .object(members)
    }

    fileprivate static func texts(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
}

extension ProviderCapabilities.Batch {
    fileprivate var json: JSONValue {
        [
            "tag": .string(tag), "matched_by": .string(matchedBy), "fewest_lines": .int(Int64(minLines)),
            "most_lines": .int(Int64(maxLines)), "most_bytes": .int(Int64(maxBytes)),
        ]
    }
}

extension ProviderCapabilities.Tuning {
    fileprivate var json: JSONValue {
        let known = hyperparameters.map { hyperparameter -> JSONValue in
            let own = methods.filter { hyperparameter.methods.contains($0) }.map(\.rawValue)
            return [
                "name": .string(hyperparameter.name), "range": .string(hyperparameter.range),
                "methods": ProviderCapabilities.texts(own),
            ]
        }
        return [
            "tag": .string(tag), "methods": ProviderCapabilities.texts(methods.map(\.rawValue)),
            "hyperparameters": .array(known), "seed": .bool(supportsSeed), "training_types": ProviderCapabilities.texts(tiers),
            "checkpoints": checkpoints.map { .string($0) } ?? .null,
        ]
    }
}

extension HyperparameterKey {
    /// `beta (dpo): 0 to 2`; without the methods if all of them accept the parameter.
    fileprivate func text(of all: [FineTuneSpec.Method]) -> String {
        let own = all.filter(methods.contains)
        let only = own.count == all.count ? "" : " (" + own.map(\.rawValue).joined(separator: ", ") + ")"
        return "\(name)\(only): \(range)"
    }
}
