// Hourly billing in plans: deployments with their prices, and providers that bill nothing by the hour.

import Application
import Basics
import Testing

@Suite struct HourlyBillingTests {
    private static func spec(deploy: String = "", google: String = "") -> String {
        """
        assay: 1
        name: hourly
        dataset:
          archive: https://data.example.com/images.tar.gz
          expect: { labels: labels.txt, per_label: 40 }
        splits:
          main: { train: 20, validation: 2, test: 10, order: name }
        prompts:
          classify: { system: "One of [{{ labels }}].", user: [image] }
        requests:
          plain: { prompt: classify, detail: low, answer: text, max_tokens: 20 }
        providers:
          azure: { kind: emulator, account: hourly, price_as: gpt-4o-2024-08-06 }
          google: { kind: vertex, project: p, location: global, bucket: b }
        models:
          tuned:
            provider: azure
            fine_tune: { model: shapes-base, data: { split: main, prompt: classify } }
            deploy: { sku: Standard, capacity: 50\(deploy) }
          other:
            provider: google
            fine_tune: { model: gemini-3.5-flash, data: { split: main, prompt: classify } }
        evaluations:
          accuracy: { split: main.test, models: { tuned: { online: plain }, other: { online: plain } } }
        """
    }

    @Test(arguments: [
        ("", "the deployment of 'tuned', $1.70 per hour until the run deletes it (emulated)"),
        (", keep: true", "the deployment of 'tuned', $1.70 per hour until you delete it (emulated)"),
    ])
    func everyProviderIsStated(deploy: String, azure: String) async throws {
        let project = try Project()
        defer { project.remove() }
        try project.write("labels.txt", "cat\ndog\n")
        let path = try project.write("spec.yaml", Self.spec(deploy: deploy))
        let preview = try await PlanPreview(SpecRequest(spec: path, state: project.path(".assay")))
        #expect(preview.hourly.map(\.provider) == ["azure", "google"])
        #expect(preview.hourly.first?.text == azure)
        #expect(preview.hourly.last?.items.isEmpty == true)
        #expect(preview.hourly.last?.text.hasPrefix("nothing") == true)
        #expect(preview.resources.filter { $0.kind == "deployment" }.count == 1)
    }
}
