// Tasks other than classification, from a table to the report.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"), .serialized)
struct TaskTests {
    /// Ten pictures with a text each; a program reads them with one letter wrong in every second one.
    private func lines(_ project: TestProject, extra: String = "") throws {
        try project.pictures("lines", perLabel: 4)
        var table = "path,text\n"
        var at = 0
        for label in ["blue", "green", "red"] {
            for index in 0..<4 {
                table += "lines/\(label)/\(index).png,line number \(at)\n"
                at += 1
            }
        }
        try project.write("lines.csv", table)
        try project.write("answers.csv", table)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: lines
            task: transcribe
            dataset: { table: lines.csv }
            splits: { main: { train: 4, test: 8 } }
            models:
              good: { command: { run: \(reader(wrong: false)), inputs: [answers.csv] }, predictions: predictions.csv }
              bad: { command: { run: \(reader(wrong: true)), inputs: [answers.csv] }, predictions: predictions.csv }
            evaluations:
              reading: { split: main.test, models: { bad: {}, good: {} } }
            claims:
              - { metric: evaluations.reading.good.cer, at_most: 0.01 }
              - { metric: comparisons.reading.cer.good.bad.difference, at_most: 0 }
            \(extra)
            """)
    }

    /// Reads the answer of each item out of a table, by the end of its path.
    private func reader(wrong: Bool) -> String {
        let change = wrong ? #"; if (n++ % 2 == 0) sub(/n/, "m", t)"# : ""
        return #"""
            "awk -F, 'NR == FNR { text[$1] = $2; next } FNR == 1 { print \"id,answer\"; next } { t = text[$2]\#(change.replacingOccurrences(of: "\"", with: "\\\"")); print $2 \",\" t }' answers.csv predict.csv > predictions.csv"
            """#
    }

    private func metrics(_ project: TestProject) throws -> [String: Any] {
        let runs = try FileManager.default.contentsOfDirectory(atPath: project.folder + "/.assay/runs").sorted()
        let data = try Data(contentsOf: URL(fileURLWithPath: project.folder + "/.assay/runs/\(runs.last ?? "")/metrics.json"))
        let all = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (all?["variants"] as? [String: Any])?["default"] as? [String: Any] ?? [:]
    }

    private func value(_ document: Any?, _ path: String...) -> Any? {
        path.reduce(document) { ($0 as? [String: Any])?[$1] }
    }

    @Test func transcriptionEndsInARateWithAnInterval() throws {
        let project = try TestProject()
        try lines(project)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(run.output.contains("character error rate [95% CI]"), "\(run.output)")
        #expect(run.output.contains("12 items, 12 images, 12 groups"))
        #expect(run.output.contains("The interval does not cover failures that are too rare to appear in these 8 groups."))
        let document = try metrics(project)
        #expect(value(document, "evaluations", "reading", "good", "cer") as? Double == 0)
        let bad = try #require(value(document, "evaluations", "reading", "bad", "cer") as? Double)
        #expect(bad > 0 && bad < 0.1)
        #expect((value(document, "evaluations", "reading", "bad", "cer_interval") as? [Double])?.count == 2)
        #expect(value(document, "evaluations", "reading", "bad", "exact") as? Double == 0.5)
        #expect(value(document, "evaluations", "reading", "bad", "answers", "clean") as? Int == 8)
        #expect(value(document, "evaluations", "reading", "bad", "accuracy") == nil)
        #expect(value(document, "comparisons", "reading", "cer", "good", "bad", "p_value") as? Double ?? 1 < 0.2)
        let claims = try #require(document["claims"] as? [[String: Any]])
        // No error in eight lines gives no interval, and so no verdict on a rate of 1%.
        #expect(claims.first?["verdict"] as? String == "cannot tell")
        // The same spec again runs nothing, and another score of the same answers asks nothing.
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.steps("ran").isEmpty, "\(again.output)")
    }

    @Test func severalQuestionsAnImageGoThroughTheEmulator() throws {
        let project = try TestProject()
        try project.pictures("pages", perLabel: 2)
        var table = ""
        for label in ["blue", "green", "red"] {
            for index in 0..<2 {
                for number in 1...2 {
                    table +=
                        #"{"path":"pages/\#(label)/\#(index).png","question":"What is \#(number)?","answers":["x\#(number)"]}"#
                        + "\n"
                }
            }
        }
        try project.write("questions.jsonl", table)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: questions
            task: { answer: { score: exact } }
            dataset: { table: questions.jsonl }
            splits: { main: { test: 100% } }
            prompts: { ask: { user: [image, { text: "{{ question }}" }] } }
            requests: { text: { prompt: ask, answer: { json: answer, name: Answer }, max_tokens: 50 } }
            providers: { local: { kind: emulator, account: tasks } }
            models: { base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch } }
            evaluations:
              asked: { split: main.test, models: { base: { online: text } } }
            """)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(run.output.contains("every answer is random but in the requested form"), "\(run.output)")
        let document = try metrics(project)
        #expect(value(document, "evaluations", "asked", "base", "n") as? Int == 12)
        #expect(value(document, "evaluations", "asked", "base", "groups") as? Int == 6)
        #expect(value(document, "evaluations", "asked", "base", "answers", "clean") as? Int == 12)
    }

    /// Guards: data steps do not depend on the score, so 'score: vqa' was accepted for items without ten answers. A run that
    /// finds the index of another score refuses them, too.
    @Test func theScoreOfVQANeedsTenAnswers() throws {
        let project = try TestProject()
        try project.pictures("pages", perLabel: 1)
        let ten = #"["a","a","a","a","a","a","a","a","b","c"]"#
        try project.write(
            "questions.jsonl",
            #"{"path":"pages/red/0.png","question":"What?","answers":\#(ten)}"# + "\n"
                + #"{"path":"pages/blue/0.png","question":"What?","answers":["a","b"]}"# + "\n")
        func spec(_ score: String) -> String {
            """
            assay: 1
            name: questions
            task: { answer: { score: \(score) } }
            dataset: { table: questions.jsonl }
            splits: { main: { test: 100%, order: name } }
            models:
              same: { command: { run: "printf 'id,answer\\npages/red/0.png,a\\npages/blue/0.png,a\\n' > predictions.csv" }, predictions: predictions.csv }
            evaluations: { asked: { split: main.test, models: { same: {} } } }
            """
        }
        let message = "2 accepted answers, but 'score: vqa' requires 10; choose another score"
        for isIndexed in [false, true] {
            if isIndexed {
                try project.write("spec.yaml", spec("exact"))
                let run = try project.assay("run", "spec.yaml", "--json")
                #expect(run.status == 0, "\(run.errors)\n\(run.output)")
            }
            try project.write("spec.yaml", spec("vqa"))
            for command in ["validate", "plan", "run"] {
                let result = try project.assay(command, "spec.yaml")
                #expect(result.status != 0, "\(command)")
                let said = result.errors + result.output
                #expect(said.contains("questions.jsonl:2") && said.contains(message), "\(command): \(said)")
            }
        }
    }

    /// Guards: only data that no run had indexed was checked.
    @Test func variablesWithoutAColumnAreWarnedAbout() throws {
        let project = try TestProject()
        try project.pictures("pages", perLabel: 1)
        try project.write("counts.csv", "path,number\npages/red/0.png,1\npages/blue/0.png,2\n")
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: counts
            task: count
            dataset: { table: counts.csv }
            splits: { main: { test: 100%, order: name } }
            prompts: { ask: { user: [image, { text: "How many {{ question }}?" }] } }
            requests: { number: { prompt: ask, answer: text, max_tokens: 20 } }
            providers: { local: { kind: emulator, account: tasks } }
            models: { base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch } }
            evaluations: { asked: { split: main.test, models: { base: { online: number } } } }
            """)
        for command in ["validate", "dataset", "run", "dataset"] {
            let result = try project.assay(command, "spec.yaml")
            #expect(result.status == 0, "\(command): \(result.errors)\n\(result.output.suffix(2000))")
            #expect(
                (result.errors + result.output).contains("contains '{{ question }}', but the table has no column for it"),
                "\(command): \(result.errors)\n\(result.output.suffix(2000))")
        }
    }

    /// Four questions, a judge, and human verdicts on two of the answers.
    private func judged(_ project: TestProject, labels: String) throws {
        try project.pictures("pages", perLabel: 2)
        try project.write(
            "questions.csv",
            "path,question,answers,kind\n"
                + ["blue", "green"].flatMap { label in
                    (0..<2).map { "pages/\(label)/\($0).png,What is this?,x,\(label)" }
                }.joined(separator: "\n") + "\n")
        try project.write("labels.csv", labels)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: judged
            task: { answer: { score: judged, judge: strict } }
            dataset: { table: questions.csv, columns: { type: kind } }
            splits: { main: { test: 100% } }
            prompts:
              ask: { user: [image, { text: "{{ question }}" }] }
              grade: { user: [image, { text: "{{ question }} {{ reference }} {{ answer }}" }] }
            requests:
              short: { prompt: ask, answer: text, max_tokens: 50 }
              verdict: { prompt: grade, answer: { json: verdict, name: Verdict } }
            providers: { local: { kind: emulator, account: judged } }
            models:
              base: { provider: local, model: shapes-base, deployment: base, batch_deployment: base-batch }
              grader: { provider: local, model: shapes-base, deployment: grader, batch_deployment: grader-batch }
            judges: { strict: { model: grader, batch: verdict, labels: labels.csv } }
            evaluations:
              asked: { split: main.test, models: { base: { online: short } } }
            """)
    }

    @Test func aJudgesCallsAreSteps() throws {
        let project = try TestProject()
        try judged(
            project, labels: "id,model,verdict\npages/blue/0.png,base,true\npages/green/0.png,base,false\nother,base,true\n")
        let plan = try project.assay("plan", "spec.yaml")
        #expect(plan.output.contains("run-batch:strict-asked-base:verdict:main.test"), "\(plan.output)\(plan.errors)")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        let document = try metrics(project)
        let share = try #require(value(document, "evaluations", "asked", "base", "judged_raw") as? Double)
        // The emulator's model has no answer to such a question, so its verdicts are random; unreadable ones do not count.
        #expect((0...1).contains(share))
        #expect(value(document, "evaluations", "asked", "base", "judged") as? Double != nil)
        #expect(value(document, "evaluations", "asked", "base", "judge_agreement") as? Double != nil)
        #expect(run.output.contains("1 of 3 human verdicts are for items without an answer or outside this part"))
        // Nothing is asked again, and other labels are another score of the same verdicts.
        try project.write("labels.csv", "id,model,verdict\npages/blue/0.png,base,false\n")
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.steps("ran") == ["score:asked:base"], "\(again.output)")
    }

    /// Labels from elsewhere, and a judge that sees no image: its verdicts are random in the right form, and the row states this.
    @Test func aJudgeIsCalibratedElsewhere() throws {
        let project = try TestProject()
        try judged(project, labels: "")
        let text = try String(contentsOfFile: project.folder + "/spec.yaml", encoding: .utf8)
        try project.write(
            "spec.yaml",
            text.replacing("labels: labels.csv", with: "calibration: elsewhere.csv")
                .replacing("grade: { user: [image, {", with: "grade: { user: [{"))
        let rows = ["true,true", "true,true", "false,false", "true,false", "false,true"]
        try project.write("elsewhere.csv", "judge,verdict\n" + rows.joined(separator: "\n") + "\n")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        let document = try metrics(project)
        func number(_ name: String) -> Double? { value(document, "evaluations", "asked", "base", name) as? Double }
        #expect(number("judge_agreement") == 0.6)
        #expect(abs((number("judge_sensitivity") ?? 0) - 2.0 / 3) < 1e-12 && number("judge_specificity") == 0.5)
        // (share + 1/2 - 1) / (2/3 + 1/2 - 1), from 0 to 1.
        let share = try #require(number("judged_raw"))
        #expect(abs((number("judged") ?? -1) - min(1, max(0, (share - 0.5) * 6))) < 1e-9)
        try project.write("elsewhere.csv", "judge,verdict\ntrue,perhaps\n")
        let bad = try project.assay("run", "spec.yaml")
        #expect(
            (bad.output + bad.errors).contains("elsewhere.csv:2: 'perhaps' is not a verdict (true or false)"), "\(bad.output)")
        // One correction at a time.
        try project.write(
            "spec.yaml", text.replacing("labels: labels.csv", with: "labels: labels.csv, calibration: elsewhere.csv"))
        #expect(try project.assay("validate", "spec.yaml").status == 2)
    }

    @Test func wrongHumanVerdictsAreErrorsAtTheirLines() throws {
        let project = try TestProject()
        try judged(project, labels: "id,model,verdict\npages/blue/0.png,base,maybe\n")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status != 0)
        #expect((run.output + run.errors).contains("labels.csv:2: 'maybe' is not a verdict (true or false)"), "\(run.output)")
    }

    static var hasFFmpeg: Bool {
        ["/usr/bin/ffmpeg", "/usr/local/bin/ffmpeg"].contains { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The frames of a clip are sent in order as the images of one request, and the clips of one source stay together.
    @Test(.enabled(if: hasFFmpeg, "needs ffmpeg")) func framesOfClipsGoThroughTheEmulator() throws {
        let project = try TestProject()
        for (place, label) in ["run", "walk"].enumerated() {
            try FileManager.default.createDirectory(
                atPath: project.folder + "/clips/" + label, withIntermediateDirectories: true)
            for source in 1...3 {
                for clip in 1...2 {
                    let made = Process()
                    made.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                    made.arguments = [
                        "ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
                        "testsrc=size=64x48:rate=10:duration=\(Double(source) / 2 + Double(place))", "-c:v", "mpeg4",
                        "\(project.folder)/clips/\(label)/v_\(label)_g\(source)_c\(clip).avi",
                    ]
                    try made.run()
                    made.waitUntilExit()
                    #expect(made.terminationStatus == 0)
                }
            }
        }
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: actions
            dataset: { frames: { from: clips, count: 3, group_before: _c } }
            splits: { main: { train: 1, validation: 1, test: 1 } }
            prompts: { ask: { system: "One of [{{ labels }}].", user: [image] } }
            requests: { plain: { prompt: ask, detail: low, answer: text, max_tokens: 20 } }
            providers: { local: { kind: emulator, account: actions } }
            models: { base: { provider: local, model: shapes-base, deployment: base } }
            evaluations: { accuracy: { split: main.test, models: { base: { online: plain } } } }
            """)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(run.output.contains("3 frames of each of 12 clips"))
        let document = try metrics(project)
        #expect(value(document, "evaluations", "accuracy", "base", "n") as? Int == 4)
        // Another number of frames is another index, and other answers.
        let text = try String(contentsOfFile: project.folder + "/spec.yaml", encoding: .utf8)
        try project.write("spec.yaml", text.replacingOccurrences(of: "count: 3", with: "count: 2"))
        let again = try project.assay("run", "spec.yaml", "--json")
        #expect(again.steps("ran").contains("index-dataset") && again.steps("ran").contains("ask-online:base:plain:main.test"))
    }

    /// A spec with COCO's annotations, from the file to the report; a mismatch is an error at its line.
    @Test func annotationsOfCOCO() throws {
        let project = try TestProject()
        try project.pictures("val", perLabel: 2)
        let images = ["blue", "green", "red"].flatMap { label in (0..<2).map { "val/\(label)/\($0).png" } }
        let listed = images.enumerated().map { #"{"id": \#($0 + 1), "file_name": "\#($1)"}"# }
        let boxes = images.indices.map { #"{"id": \#($0 + 1), "image_id": \#($0 + 1), "category_id": 1, "bbox": [0, 0, 8, 8]}"# }
        let annotations =
            "{\"images\": [\n" + listed.joined(separator: ",\n") + "\n],\n\"annotations\": [\n" + boxes.joined(separator: ",\n")
            + "\n],\n\"categories\": [{\"id\": 1, \"name\": \"shape\"}]}\n"
        try project.write("instances.json", annotations)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: boxes
            task: detect
            dataset: { coco: instances.json }
            splits: { main: { test: 100% } }
            prompts: { find: { user: [image, { text: "Find the shapes." }] } }
            requests: { boxes: { prompt: find, answer: { json: boxes, name: Boxes, boxes: yxyx-1000 } } }
            providers: { local: { kind: emulator, account: boxes } }
            models: { base: { provider: local, model: shapes-base, deployment: base } }
            evaluations: { found: { split: main.test, models: { base: { online: boxes } } } }
            """)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(value(try metrics(project), "evaluations", "found", "base", "n") as? Int == 6)
        try project.write("instances.json", annotations.replacingOccurrences(of: #""image_id": 2"#, with: #""image_id": 20"#))
        let checked = try project.assay("validate", "spec.yaml")
        #expect(
            (checked.output + checked.errors).contains(
                "instances.json:11:1: error[bad-dataset]: the annotation refers to the image 20, which 'images' does not list"),
            "\(checked.output)\(checked.errors)")
    }

    /// Pictures whose colours decide their tags and their number of things.
    private func coloured(_ project: TestProject, task: String, column: String, models: String) throws {
        for (channel, label) in ["red", "green", "blue"].enumerated() {
            try FileManager.default.createDirectory(
                atPath: project.folder + "/pictures/" + label, withIntermediateDirectories: true)
            for index in 0..<16 {
                try PictureFiles.png(channel * 1000 + index, channel: channel).write(
                    to: URL(fileURLWithPath: project.folder + "/pictures/\(label)/\(index).png"))
            }
        }
        let references = [
            "tag": ["blue": "cold", "green": "", "red": "warm;bright"], "count": ["blue": "0", "green": "3", "red": "7"],
        ]
        var table = "path,\(column)\n"
        for label in ["blue", "green", "red"] {
            for index in 0..<16 { table += "pictures/\(label)/\(index).png,\(references[task]?[label] ?? "")\n" }
        }
        try project.write("items.csv", table)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: coloured
            task: \(task)
            dataset: { table: items.csv }
            splits: { main: { train: 30, validation: 9, test: 9, order: python-shuffle, seed: 1 } }
            models:
            \(models)
            evaluations: { looked: { split: main.test, models: { cnn: {} } } }
            """)
    }

    private static let network = """
          cnn:
            train:
              architecture: small_cnn
              data: { split: main }
              epochs: 15
              batch_size: 6
              optimizer: { adamw: { learning_rate: 5.0e-3 } }
              augment: [{ resize: 32 }, { center_crop: 32 }]
              evaluate: [{ resize: 32 }, { center_crop: 32 }]
              seed: 3
        """

    /// Built-in networks learn sets of tags and numbers. They were refused for every task but classification.
    @Test(arguments: [("tag", "tags", "subset_accuracy"), ("count", "number", "exact")])
    func networksLearn(task: String, column: String, metric: String) throws {
        let project = try TestProject()
        try coloured(project, task: task, column: column, models: TaskTests.network)
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        let result = value(try metrics(project), "evaluations", "looked", "cnn")
        #expect(value(result, "answers", "clean") as? Int == 9, "\(String(describing: result))")
        #expect(value(result, metric) as? Double ?? 0 > 0.7, "\(String(describing: result))")
        // More epochs train only the new ones.
        let more = try project.assay("run", "spec.yaml", "--json", "--set", "models.cnn.train.epochs=16")
        #expect(more.steps("ran").filter { $0.hasPrefix("train-epoch") } == ["train-epoch:cnn:16"], "\(more.errors)")

        let predicted = try project.assay("predict", "spec.yaml", "cnn", "pictures/red/0.png", "pictures/blue/0.png", "--json")
        #expect(predicted.status == 0, "\(predicted.errors)")
        let images = try #require(
            (try JSONSerialization.jsonObject(with: Data(predicted.output.utf8)) as? [String: Any])?["images"]
                as? [[String: Any]])
        #expect(images.compactMap { $0["answer"] as? String } == (task == "tag" ? ["bright, warm", "cold"] : ["7", "0"]))
        // The value is JSON, not a text with JSON in it.
        if task == "tag" {
            #expect(images.compactMap { $0["value"] as? [String] } == [["bright", "warm"], ["cold"]])
        } else {
            #expect(images.compactMap { $0["value"] as? Int } == [7, 0])
        }
        let exported = try project.assay("models", "export", "spec.yaml", "cnn", "--format", "onnx")
        #expect(exported.status == 0, "\(exported.errors)")
    }

    /// A GPU that is not there is an error at its place before anything runs, and `auto` uses the CPU with the key of `cpu`.
    @Test func devicesArePartOfTheKey() throws {
        let project = try TestProject()
        try coloured(project, task: "count", column: "number", models: TaskTests.network + "\n      device: cpu")
        #expect(try project.assay("run", "spec.yaml", "--json").status == 0)
        let gpu = try project.assay("plan", "spec.yaml", "--set", "models.cnn.train.device=cuda")
        if gpu.status == 0 { return }  // this machine has a GPU
        #expect((gpu.output + gpu.errors).contains("error[no-gpu]"), "\(gpu.output)\(gpu.errors)")
        let auto = try project.assay("run", "spec.yaml", "--json", "--set", "models.cnn.train.device=auto")
        #expect(auto.steps("ran").isEmpty, "\(auto.output)")
        // Mixed precision is another training, on the CPU too.
        let mixed = try project.assay(
            "run", "spec.yaml", "--json", "--set", "models.cnn.train.precision=mixed", "--set", "models.cnn.train.epochs=1")
        #expect(mixed.status == 0, "\(mixed.errors)")
        #expect(mixed.steps("ran").contains("train-epoch:cnn:1"))
    }

    /// Items with different questions need a model that sees the question.
    @Test func networksSeeNoQuestion() throws {
        let project = try TestProject()
        try coloured(project, task: "count", column: "number", models: TaskTests.network)
        let table = try String(contentsOfFile: project.folder + "/items.csv", encoding: .utf8)
        try project.write(
            "items.csv",
            table.split(separator: "\n").enumerated().map { at, line in
                at == 0 ? "\(line),question" : "\(line),How many \(at % 2 == 0 ? "dots" : "lines")?"
            }.joined(separator: "\n") + "\n")
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 1)
        #expect((run.output + run.errors).contains("sees only the image, and the items ask different questions"), "\(run.output)")
        let smoothed = try project.assay("plan", "spec.yaml", "--set", "models.cnn.train.label_smoothing=0.1")
        #expect(
            (smoothed.output + smoothed.errors).contains("the task 'count' cannot use 'label_smoothing'"),
            "\(smoothed.output)\(smoothed.errors)")
    }

    /// Your own training program learns any task: its tables have ids, questions and references.
    @Test(arguments: ["jsonl", "csv"]) func programsLearn(_ form: String) throws {
        let project = try TestProject()
        try coloured(
            project, task: "tag", column: "tags",
            models: """
                  cnn:
                    train:
                      program: [python3, train.py]
                      inputs: [train.py]
                      data: { split: main }
                      epochs: 2
                      hyperparameters: { form: \(form) }
                """)
        try project.write(
            "train.py",
            """
            import csv, json, sys
            from pathlib import Path

            request = json.loads(Path(sys.argv[2]).read_text())
            out = Path(request["output"])
            if request["action"] == "epoch":
                rows = list(csv.DictReader(open(request["train"], newline="")))
                assert request["task"] == {"name": "tag", "options": {}}, request
                tags = {tag for row in rows for tag in json.loads(row["reference"])}
                assert request["labels"] == sorted(tags), request
                assert list(rows[0]) == ["path", "id", "reference"], rows[0]
                (out / "checkpoint").mkdir()
                known = {row["path"].rsplit("/", 2)[1]: json.loads(row["reference"]) for row in rows}
                (out / "checkpoint/known.json").write_text(json.dumps(known))
                (out / "metrics.json").write_text(json.dumps({"validation_accuracy": 1}))
            else:
                known = json.loads(Path(request["checkpoint"], "known.json").read_text())
                rows = list(csv.DictReader(open(request["table"], newline="")))
                assert list(rows[0]) == ["path", "id"], rows[0]
                answers = [(row["id"], known[row["path"].rsplit("/", 2)[1]]) for row in rows]
                if request["hyperparameters"]["form"] == "csv":
                    with open(out / "answers.csv", "w", newline="") as file:
                        csv.writer(file).writerows([["id", "answer"]] + [[id, ", ".join(tags) or "none"] for id, tags in answers])
                else:
                    (out / "answers.jsonl").write_text(
                        "".join(json.dumps({"id": id, "answer": tags}) + "\\n" for id, tags in answers))
            """)
        let run = try project.assay("run", "spec.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        let result = value(try metrics(project), "evaluations", "looked", "cnn")
        #expect(value(result, "subset_accuracy") as? Double == 1, "\(String(describing: result))")
        let doctor = try project.assay("doctor", "spec.yaml", "--trainers")
        #expect(doctor.output.contains("a second one continued"), "\(doctor.output)\(doctor.errors)")
    }

    /// Boxes of a program are in pixels of the file. They were read as thousandths, so that every one was missed.
    @Test func boxesOfProgramsAreInPixels() throws {
        let project = try TestProject()
        try project.pictures("pictures", perLabel: 1)
        let rows = ["blue", "green", "red"].map { #"{"path":"pictures/\#($0)/0.png","boxes":[{"label":"x","box":[2,3,10,11]}]}"# }
        try project.write("items.jsonl", rows.joined(separator: "\n") + "\n")
        try project.write(
            "find.py",
            """
            import csv, json
            rows = list(csv.DictReader(open("predict.csv", newline="")))
            with open("predictions.csv", "w", newline="") as file:
                answer = json.dumps([{"label": "x", "box": [2, 3, 12, 14], "score": 0.9}])
                csv.writer(file).writerows([["id", "answer"]] + [[row["id"], answer] for row in rows])
            """)
        try project.write(
            "spec.yaml",
            """
            assay: 1
            name: pixels
            task: detect
            dataset: { table: items.jsonl }
            splits: { main: { test: 100% } }
            models: { finder: { command: { run: [python3, find.py], inputs: [find.py] }, predictions: predictions.csv } }
            evaluations: { found: { split: main.test, models: { finder: {} } } }
            """)
        let run = try project.assay("run", "spec.yaml")
        #expect(run.status == 0, "\(run.errors)\n\(run.output.suffix(2000))")
        #expect(value(try metrics(project), "evaluations", "found", "finder", "f1") as? Double == 1)
    }

    struct Misfit: Sendable, CustomTestStringConvertible {
        var id: String
        var old: String
        var new: String
        var error: String
        var testDescription: String { id }
    }

    /// Settings that the task cannot use are errors with positions; nothing is silently ignored.
    @Test(arguments: [
        Misfit(
            id: "train", old: "models:\n",
            new: "models:\n  cnn: { train: { architecture: small_cnn, weights: none, data: { split: main }, epochs: 1 } }\n",
            error: "spec.yaml:7:17: error[unsupported-by-task]: the task 'transcribe' cannot use 'train:'"),
        Misfit(
            id: "match", old: "split: main.test,", new: "split: main.test, match: { ignore: [case] },",
            error: "error[unsupported-by-task]: the task 'transcribe' cannot use 'match:'"),
        Misfit(
            id: "folder", old: "{ table: lines.csv }", new: "{ folder: lines }",
            error: "spec.yaml:4:20: error[unsupported-by-task]: the task 'transcribe' cannot use 'folder'"),
        Misfit(
            id: "unknown task", old: "task: transcribe", new: "task: transcibe",
            error: "spec.yaml:3:7: error[bad-task]: 'transcibe' is not a task"),
        Misfit(
            id: "unknown option", old: "task: transcribe", new: "task: { answer: { scor: anls } }",
            error: "spec.yaml:3:19: error[bad-task]: 'scor' is not an option of the task 'answer'"),
        Misfit(
            id: "claim of another task", old: "reading.good.cer", new: "reading.good.accuracy",
            error: "error[unknown-metric]"),
        Misfit(
            id: "column of another task", old: "{ table: lines.csv }", new: "{ table: lines.csv, columns: { boxes: text } }",
            error: "error[unsupported-by-task]: the task 'transcribe' cannot use the column 'boxes'"),
        Misfit(
            id: "annotations of another task", old: "{ table: lines.csv }", new: "{ coco: lines.csv }",
            error: "spec.yaml:4:18: error[unsupported-by-task]: the task 'transcribe' cannot use 'coco'"),
        Misfit(
            id: "clips of folders", old: "{ table: lines.csv }", new: "{ frames: { from: lines, count: 2 } }",
            error: "error[unsupported-by-task]: the task 'transcribe' cannot use the folders of clips as labels"),
        Misfit(
            id: "more than all", old: "{ train: 4, test: 8 }", new: "{ train: 60%, test: 60% }", error: "error[split-too-large]"),
    ])
    func misfitsAreErrorsAtTheirPlaces(_ misfit: Misfit) throws {
        let project = try TestProject()
        try lines(project)
        let text = try String(contentsOfFile: project.folder + "/spec.yaml", encoding: .utf8)
        try project.write("spec.yaml", text.replacingOccurrences(of: misfit.old, with: misfit.new))
        let checked = try project.assay("validate", "spec.yaml")
        #expect(checked.status != 0)
        #expect((checked.output + checked.errors).contains(misfit.error), "\(checked.output)\(checked.errors)")
    }
}
