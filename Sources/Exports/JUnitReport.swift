// JUnit XML: claims and steps as test cases.

import Basics
import Foundation
import Reporting

extension ExportSource {
    /// One suite per variant with its claims, and one with the run's steps. A claim that was not reproduced is a failure,
    /// a failed step an error; claims that cannot be decided and steps that did not run are skipped.
    package func junit() -> String {
        var suites: [Suite] = []
        for (at, variant) in report.analysis.variants.enumerated() {
            let name = "claims of \(variant.results.name.text)"
            let cases = report.verdicts[at].enumerated().map { number, verdict -> Case in
                let reason = verdict.reasonText.map { ": \($0)" } ?? ""
                let text =
                    "published \(verdict.publishedText), allowed \(verdict.allowedText), measured \(verdict.measuredText)\(reason)"
                let outcome: Case.Outcome =
                    switch verdict.verdict {
                    case .reproduced: .passed
                    case .notReproduced: .failed(verdict.verdict.rawValue, text)
                    case .cannotTell, .stated: .skipped(verdict.verdict.rawValue + reason)
                    }
                return Case(
                    name: "\(number + 1). \(verdict.title)", group: "\(results.experiment).claims", seconds: nil, outcome: outcome
                )
            }
            if !cases.isEmpty { suites.append(Suite(name: name, cases: cases)) }
        }
        let steps = results.steps.map { step -> Case in
            let outcome: Case.Outcome =
                switch step.state {
                case .cached, .ran: .passed
                case .failed: .errored(step.kind, step.message ?? "failed")
                case .blocked, .waiting: .skipped(step.message ?? step.state.rawValue)
                }
            return Case(name: step.id.text, group: "\(results.experiment).steps", seconds: step.seconds, outcome: outcome)
        }
        if !steps.isEmpty { suites.append(Suite(name: "steps", cases: steps)) }
        let all = suites.flatMap(\.cases)
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"\(XMLText.escaped(results.experiment))\" \(counts(all))"
        text += " time=\"\(seconds(results.finishedAt.timeIntervalSince(results.startedAt)))\">\n"
        for suite in suites {
            text += "  <testsuite name=\"\(XMLText.escaped(suite.name))\" \(counts(suite.cases))"
            text += " time=\"\(seconds(suite.cases.compactMap(\.seconds).reduce(0, +)))\""
            text +=
                " timestamp=\"\(results.startedAt.formatted(.iso8601).replacing("Z", with: ""))\">\n"
            text += "    <properties>\n"
            for (name, value) in [("run", results.run.text), ("assay", results.version), ("spec", results.specPath)] {
                text += "      <property name=\"\(name)\" value=\"\(XMLText.escaped(value))\"/>\n"
            }
            text += "    </properties>\n"
            for test in suite.cases {
                text += "    <testcase name=\"\(XMLText.escaped(test.name))\" classname=\"\(XMLText.escaped(test.group))\""
                text += " time=\"\(seconds(test.seconds ?? 0))\""
                switch test.outcome {
                case .passed: text += "/>\n"
                case .failed(let kind, let message): text += element("failure", kind, message)
                case .errored(let kind, let message): text += element("error", kind, message)
                case .skipped(let message):
                    text += ">\n      <skipped message=\"\(XMLText.escaped(message))\"/>\n    </testcase>\n"
                }
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private struct Suite {
        var name: String
        var cases: [Case]
    }

    private struct Case {
        enum Outcome {
            case passed
            case failed(_ kind: String, _ message: String)
            case errored(_ kind: String, _ message: String)
            case skipped(String)
        }
        var name: String
        var group: String
        var seconds: Double?
        var outcome: Outcome
    }

    private func element(_ name: String, _ kind: String, _ message: String) -> String {
        let first = message.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        return ">\n      <\(name) type=\"\(XMLText.escaped(kind))\" message=\"\(XMLText.escaped(first))\">"
            + "\(XMLText.escaped(message))</\(name)>\n    </testcase>\n"
    }

    private func counts(_ cases: [Case]) -> String {
        var failures = 0, errors = 0, skipped = 0
        for test in cases {
            switch test.outcome {
            case .passed: break
            case .failed: failures += 1
            case .errored: errors += 1
            case .skipped: skipped += 1
            }
        }
        return "tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
    }

    private func seconds(_ value: Double) -> String { String(format: "%.3f", max(0, value.isFinite ? value : 0)) }
}

/// Escapes text for XML and replaces the characters that XML 1.0 cannot contain.
package enum XMLText {
    /// Text for an element or a quoted attribute of XML 1.0. Characters that XML forbids become U+FFFD, as do
    /// bidirectional controls; line ends and tabs are kept as references, so that attributes keep them too.
    package static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\n", "\t", "\r": result += "&#\(scalar.value);"
            case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
            default:
                if TerminalText.isControl(scalar) { result += "\u{FFFD}" } else { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
