// Probes in a spec: the forms of backbone and head, and errors with their positions.

import Basics
import Specification
import Testing

@Suite struct ProbeSpecTests {
    private static func diagnose(_ text: String) -> [Diagnostic] {
        diagnostics(SpecLoader(["spec.yaml": text, "small.yaml": ErrorPage.smallSpec]), "spec.yaml").list
    }

    private func probe(_ text: String) throws -> ProbeSpec {
        let loaded = try SpecLoader([
            "spec.yaml": "extends: small.yaml\nmodels:\n  probe: { probe: { \(text), data: { split: main } } }\n",
            "small.yaml": ErrorPage.smallSpec,
        ]).load("spec.yaml")
        guard case .probe(let probe)? = loaded.spec.models["probe"] else { throw NoSuchFile() }
        return probe
    }

    @Test func backboneAndHeadHaveTwoFormsEach() throws {
        let usual = try probe("backbone: { architecture: resnet18 }")
        #expect(usual.head == .logistic(c: ProbeSpec.defaultC))
        #expect(usual.backbone == .network(NetworkBackbone(architecture: .resNet18)))
        #expect(try probe("backbone: { architecture: vit_b_16 }, head: knn").head == .knn(k: ProbeSpec.defaultK))
        #expect(try probe("backbone: { architecture: small_cnn }, head: { logistic: { c: [0.5] } }").head == .logistic(c: [0.5]))
        #expect(try probe("backbone: { architecture: small_cnn }, head: { knn: { k: [7] } }").head == .knn(k: [7]))
        guard case .program(let program) = try probe("backbone: { program: [python3, f.py], hyperparameters: { a: 1 } }").backbone
        else {
            throw NoSuchFile()
        }
        #expect(program.program == .arguments(["python3", "f.py"]))
        #expect(program.hyperparameters == ["a": 1])
    }

    struct Refused: CustomTestStringConvertible, Sendable {
        var id: String
        /// Written below `models:`.
        var model: String
        var code: String
        /// A part of the message.
        var message: String
        /// Further top-level text.
        var besides = ""
        var testDescription: String { id }
    }

    @Test(arguments: [
        Refused(
            id: "no backbone", model: "{ probe: { data: { split: main } } }", code: "missing-key", message: "backbone"),
        Refused(
            id: "an unknown architecture", model: "{ probe: { backbone: { architecture: resnet19 }, data: { split: main } } }",
            code: "unknown-value", message: "resnet19"),
        Refused(
            id: "an unknown key of a network",
            model: "{ probe: { backbone: { architecture: resnet18, augment: [] }, data: { split: main } } }", code: "unknown-key",
            message: "augment"),
        Refused(
            id: "an unknown head", model: "{ probe: { backbone: { architecture: resnet18 }, head: svm, data: { split: main } } }",
            code: "unknown-value", message: "svm"),
        Refused(
            id: "a hyperparameter beyond 64 bits",
            model:
                "{ probe: { backbone: { program: f.py, hyperparameters: { a: [9223372036854775808] } }, data: { split: main } } }",
            code: "bad-format", message: "a whole number of at most 64 bits"),
        Refused(
            id: "a negative hyperparameter beyond 64 bits",
            model:
                "{ probe: { backbone: { program: f.py, hyperparameters: { a: -9223372036854775809 } }, data: { split: main } } }",
            code: "bad-format", message: "-9223372036854775809"),
        Refused(
            id: "c below zero",
            model: "{ probe: { backbone: { architecture: resnet18 }, head: { logistic: { c: [-1] } }, data: { split: main } } }",
            code: "out-of-range", message: "-1"),
        Refused(
            id: "no c at all",
            model: "{ probe: { backbone: { architecture: resnet18 }, head: { logistic: { c: [] } }, data: { split: main } } }",
            code: "", message: ""),
        Refused(
            id: "an unknown split", model: "{ probe: { backbone: { architecture: resnet18 }, data: { split: other } } }",
            code: "unknown-reference", message: "other"),
        Refused(
            id: "another input size than a transformer's",
            model: "{ probe: { backbone: { architecture: vit_b_16, evaluate: [{ center_crop: 96 }] }, data: { split: main } } }",
            code: "inconsistent-recipe", message: "reads images of 224 pixels"),
        Refused(
            id: "another input size in training",
            model:
                "{ train: { architecture: vit_b_16, data: { split: main }, epochs: 1, augment: [{ random_resized_crop: { size: 64 } }] } }",
            code: "inconsistent-recipe", message: "'augment' gives 64"),
        Refused(
            id: "a choice without validation images",
            model: "{ probe: { backbone: { architecture: resnet18 }, data: { split: bare } } }", code: "inconsistent-recipe",
            message: "has no images", besides: "splits: { bare: { train: 5, validation: 0, test: 1, order: name } }\n"),
        Refused(
            id: "asked like a hosted model",
            model: "{ probe: { backbone: { architecture: resnet18 }, data: { split: main } } }", code: "wrong-ask",
            message: "x", besides: "evaluations: { accuracy: { models: { x: { online: plain } } } }\n"),
        Refused(
            id: "a measured latency",
            model: "{ probe: { backbone: { architecture: resnet18 }, data: { split: main } } }", code: "inconsistent-recipe",
            message: "latency of a probe",
            besides: "evaluations: { speed: { split: main.test, concurrency: 1, models: { x: {} } } }\n"),
    ])
    func refused(_ test: Refused) {
        let found = Self.diagnose("extends: small.yaml\n\(test.besides)models:\n  x: \(test.model)\n")
        let errors = found.filter { $0.severity == .error }
        #expect(!errors.isEmpty)
        guard !test.code.isEmpty else { return }
        #expect(
            errors.contains { $0.code == test.code && $0.message.contains(test.message) },
            "\(errors.map { "\($0.code): \($0.message)" })")
        #expect(errors.allSatisfy { $0.range?.file == "spec.yaml" })
    }
}
