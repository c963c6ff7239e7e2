// `assay prices`: lists the prices used to forecast and count costs, with source and date.

import Application
import ArgumentParser
import Basics
import Foundation
import Planning
import Specification

struct Prices: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices", abstract: "List the prices used for forecasts and costs.",
        discussion: "Without a spec: the built-in price tables. With a spec: the price tables that it uses.")

    @Argument(help: "A spec, to list the prices of its providers.", completion: .file(extensions: ["yaml", "yml"]))
    var spec: String?
    @Flag(help: "Print the tables as JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let entries = try spec.map(entries) ?? PriceListing.builtIn
            if json {
                Terminal.writeJSON(["tables": .array(entries.map(document))])
            } else {
                Terminal.write(entries.map(text).joined(separator: "\n"))
            }
        }
    }

    private func entries(of spec: String) throws -> [PriceListing] {
        let loaded = try SpecRequest.read(spec)
        Reporter.warn(loaded.warnings, loaded)
        return PriceListing.used(by: loaded)
    }

    // MARK: Text

    private func text(_ entry: PriceListing) -> String {
        let names = entry.providers.joined(separator: ", ")
        guard let table = entry.table else { return "\(names): free\n" }
        var lines = [
            "\(names): prices of \(table.date), US dollars per million tokens"
                + (entry.isOwn ? ", from the spec's 'prices'" : ", built in")
        ]
        if let source = table.source { lines.append("source: \(source)") }
        lines.append("batches: \(percent(table.batchDiscount)) off")
        let hosting = DeploymentSKU.allCases.compactMap { sku in
            table.hostingPerHour[sku].map { "\(sku.rawValue) \(amount($0))" }
        }
        if !hosting.isEmpty { lines.append("hosting of a fine-tuned model, per hour: " + hosting.joined(separator: ", ")) }
        var rows = [["model", "input", "cached", "output", "training"]]
        for (name, price) in table.models {
            let training =
                TrainingType.allCases.compactMap { type in
                    price.training[type].map { "\(type.rawValue) \(amount($0))" }
                } + (price.trainingPerHour.map { ["\(amount($0)) per hour"] } ?? [])
            rows.append([
                name, amount(price.input), price.cachedInput.map(amount) ?? "", amount(price.output),
                training.joined(separator: ", "),
            ])
        }
        let widths = (0..<5).map { column in rows.map { $0[column].terminalColumns }.max() ?? 0 }
        for row in rows {
            let cells = row.enumerated().map { column, cell in
                let pad = String(repeating: " ", count: widths[column] - cell.terminalColumns)
                return column == 0 || column == 4 ? cell + pad : pad + cell
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            lines.append(line)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func amount(_ money: Money) -> String { String(format: "%.3f", money.dollars) }

    private func percent(_ part: Double) -> String { "\(Int((part * 100).rounded()))%" }

    // MARK: JSON

    private func document(_ entry: PriceListing) -> JSONValue {
        guard let table = entry.table else {
            return ["providers": .array(entry.providers.map { .string($0) }), "free": true]
        }
        func dollars(_ money: Money?) -> JSONValue { money.map { .double($0.dollars) } ?? .null }
        func day(_ date: String?) -> JSONValue { date.map { JSONValue.string($0) } ?? JSONValue.null }
        func retirement(_ dates: Retirement) -> JSONValue {
            [
                "standard": day(dates.standard), "others": day(dates.others), "training": day(dates.training),
                "fine_tuned": day(dates.fineTuned),
            ]
        }
        let models = table.models.map { name, price -> JSONValue in
            [
                "model": .string(name), "input": dollars(price.input), "cached_input": dollars(price.cachedInput),
                "output": dollars(price.output),
                "training": .object(
                    Dictionary(
                        price.training.map { ($0.key.rawValue, dollars($0.value)) }, uniquingKeysWith: { first, _ in first })),
                "training_per_hour": dollars(price.trainingPerHour),
                "retires": retirement(price.retires),
            ]
        }
        return [
            "providers": .array(entry.providers.map { .string($0) }), "built_in": .bool(!entry.isOwn),
            "date": .string(table.date), "source": table.source.map { .string($0) } ?? .null,
            "unit": "USD per million tokens", "batch_discount": .double(table.batchDiscount),
            "hosting_per_hour": .object(
                Dictionary(
                    table.hostingPerHour.map { ($0.key.rawValue, dollars($0.value)) }, uniquingKeysWith: { first, _ in first })),
            "models": .array(models),
        ]
    }
}
