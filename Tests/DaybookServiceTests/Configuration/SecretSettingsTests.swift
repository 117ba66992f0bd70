import DaybookService
import Testing

@Suite struct `Secret settings` {
    private let elsewhere = """
        may come only from the environment variable DAYBOOK_BROKER_PASSWORD or from a file named by \
        broker.password-file
        """

    @Test func `come from the environment`() throws {
        let settings = try load(environment: ["DAYBOOK_BROKER_PASSWORD": "hush"])
        #expect(try settings.secret("broker.password") == "hush")
    }

    @Test func `come from the file another setting names, without its last newline`() throws {
        try withFile("hush \n") { path in
            #expect(try load(sample, "--broker-password-file", path).secret("broker.password") == "hush ")
            let both = try load(
                sample, "--broker-password-file", path, environment: ["DAYBOOK_BROKER_PASSWORD": "louder"])
            #expect(try both.secret("broker.password") == "louder")
        }
    }

    @Test func `are absent when nobody gives them`() throws {
        #expect(try load().secret("broker.password") == nil)
    }

    @Test func `are refused in a flag and not repeated`() throws {
        let found = try problems(load(sample, "--broker-password", "hush"))
        #expect(found == ["broker.password from flag --broker-password: a secret \(elsewhere)"])
    }

    @Test func `are refused in the file and not repeated`() throws {
        let found = try problems(load(file: "broker: {password: hush}"))
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix(": a secret \(elsewhere)") == true)
        #expect(!found.joined().contains("hush"))
    }

    @Test(arguments: [
        "broker.password=hush", "amqp://me:hush@broker/", "--broker.password=hush", "--broker-pasword=hush",
    ])
    func `are not repeated when their flag is mistyped`(argument: String) throws {
        let found = try problems(load(sample, argument))
        #expect(found.count == 1)
        #expect(!found.joined().contains("hush"))
    }

    @Test func `are not repeated when the file is no YAML`() throws {
        let found = try problems(load(file: "broker:\n  password: \"hush\n  hush: [\n"))
        #expect(found.count == 1)
        #expect(!found.joined().contains("hush"))
    }

    @Test func `hide in a URL that comes from the environment`() throws {
        let url = "amqp://me:hush@broker/"
        #expect(try load(environment: ["DAYBOOK_BROKER_URL": url]).string("broker.url") == url)
        for found in [
            try problems(load(sample, "--broker-url", url)), try problems(load(file: "broker.url: \(url)")),
        ] {
            #expect(found.count == 1)
            #expect(found.first?.contains("a URL with a password may come only from the environment") == true)
            #expect(!found.joined().contains("hush"))
        }
    }

    @Test func `are not repeated when a URL is none`() throws {
        let found = try problems(load(environment: ["DAYBOOK_BROKER_URL": "me:hush@broker"]))
        let origin = "environment variable DAYBOOK_BROKER_URL"
        #expect(found == ["broker.url from \(origin): found a value that is not shown, expected a URL"])
    }

    @Test func `do not hide in a URL with nothing but a user`() throws {
        let url = "amqp://me@broker:5672/"
        #expect(try load(sample, "--broker-url", url).string("broker.url") == url)
    }

    @Test func `in a file that is empty or missing are an error that names the file`() throws {
        try withFile("\n") { path in
            let settings = try load(sample, "--broker-password-file", path)
            #expect(throws: ConfigurationError("broker.password-file: file \(path) is empty")) {
                try settings.secret("broker.password")
            }
        }
        let settings = try load(sample, "--broker-password-file", "/nowhere/secret")
        let error = #expect(throws: ConfigurationError.self) { try settings.secret("broker.password") }
        #expect(error?.description.hasPrefix("broker.password-file: file /nowhere/secret cannot be read") == true)
    }

    @Test(arguments: ["hush\nhusher\n", "hush\r\n\r\n", "\nhush\n"])
    func `in a file of two lines are an error that does not repeat them`(text: String) throws {
        try withFile(text) { path in
            let settings = try load(sample, "--broker-password-file", path)
            let message = "broker.password-file: file \(path) has more than one line: leave the secret alone in it"
            #expect(throws: ConfigurationError(message)) { try settings.secret("broker.password") }
        }
    }

    @Test(arguments: ["hush hush", "hush ", "hüsch"])
    func `that are tokens are what a header can carry`(token: String) throws {
        try withFile(token) { path in
            let settings = try load(Settings.common(httpPort: 0), "--http-token-file", path)
            let error = #expect(throws: ConfigurationError.self) { try HTTPSettings(settings) }
            let reason = "has a space or another character that no token may have"
            #expect(error?.description == "http.token-file: file \(path) \(reason)")
        }
    }

    @Test func `and a broker's whole URL from a file win over the plain setting`() throws {
        try withFile("amqp://me:hush@broker/\n") { path in
            let settings = try load(sample, "--broker-url-file", path)
            #expect(try settings.brokerURL() == "amqp://me:hush@broker/")
        }
        #expect(try load().brokerURL() == "amqp://127.0.0.1/")
    }
}
