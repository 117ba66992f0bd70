import Daybook
import DaybookService
import DaybookVersion
import Testing

@Suite struct `The help text` {
    @Test(arguments: ["--help", "-h"])
    func `is given whenever it is asked for, whatever else is wrong`(flag: String) throws {
        let expected = InformationRequested(text: Settings.help(program: "tester", declared: [required]))
        #expect(throws: expected) { try load([required], "nonsense", flag, "--nonsense") }
    }

    @Test func `is not the answer to the question for the version`() {
        let expected = InformationRequested(text: "tester (Daybook \(DaybookVersion.commit))\n")
        #expect(throws: expected) { try load([required], "nonsense", "--version") }
    }

    @Test func `lists every setting with its names, purpose and default`() {
        let declared = Settings.common(httpPort: 8080) + [required]
        let text = Settings.help(program: "tester", declared: declared)
        #expect(text.hasPrefix("Usage: tester "))
        #expect(text.hasSuffix("\n"))
        for setting in declared {
            #expect(text.contains("      \(setting.purpose)\n"), "\(setting.key)")
        }
        #expect(
            text.contains(
                """

                  --http-port  (DAYBOOK_HTTP_PORT)
                      port the HTTP server listens on; 0 takes a free one
                      a whole number from 0 to 65535; default 8080

                """))
        #expect(text.contains("  --sources  (DAYBOOK_SOURCES)\n      whose events to post\n      text; required\n"))
        #expect(text.contains("  --broker-url-file  (DAYBOOK_BROKER_URL_FILE)\n"))
    }

    @Test func `offers no flag for a secret`() {
        let text = Settings.help(program: "tester", declared: sample)
        #expect(!text.contains("--broker-password "))
        #expect(text.contains("\n  DAYBOOK_BROKER_PASSWORD\n"))
        #expect(text.contains("a secret: environment only; not set by default"))
    }
}
