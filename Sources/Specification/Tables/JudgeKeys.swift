// The keys of judges.

import Basics

extension JudgeSpec: SpecEntity {
    static let table = KeyTable(
        "judge", called: "a judge",
        "A hosted model that decides whether each answer is right. Its requests are planned, paid for and cached like all others. "
            + "Its prompt may use `{{ question }}`, `{{ reference }}` and `{{ answer }}`, and may omit the image.",
        blank: JudgeSpec(model: "", ask: .online("")),
        rules: [.exactlyOne(["batch", "online"]), .atMostOne(["labels", "calibration"])],
        example: """
            task: { answer: { score: judged, judge: strict } }
            judges:
              strict: { model: grader, online: verdict, labels: labels.csv }
            """,
        keys: [
            .required("model", \.model, .name(of: "model"), "The hosted model that judges."),
            .setting("batch", .name(of: "request"), "The request, sent through the provider's batch service.") {
                $0.ask = .batch($1)
            },
            .setting("online", .name(of: "request"), "The request, sent one by one.") { $0.ask = .online($1) },
            .optional(
                "labels", \.labels, .file(),
                "Human verdicts on a random sample of the judged answers: a table with the columns `id`, `model` and "
                    + "`verdict` (true or false). They are used to correct the judged score and to report the judge's agreement."),
            .optional(
                "calibration", \.calibration, .file(),
                "Verdicts of this judge and of people on other answers: a table with the columns `judge` and `verdict` (true or "
                    + "false). They correct the judged score by the judge's sensitivity and specificity, which must be those "
                    + "that it has here."),
        ])
}
