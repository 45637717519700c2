"""Every source of credentials, each from a server that speaks it: boto3 and the program find the same key, and it signs.

The emulator verifies signatures and knows one key, so a list of profiles proves which key reached Connect. Decoys with other
keys stand wherever precedence could go wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from credential_servers import CANARY, Container, IdentityCenter, InstanceMetadata, Moto, Refusing, credentials_of, secret_of
from credential_world import Home, Judge, keys
from moto.moto_api._internal import mock_random
from moto.sts.models import sts_backends

ROLE = "arn:aws:iam::111111111111:role/teams/reader"
OUTER = "arn:aws:iam::111111111111:role/teams/outer"
EXTERNAL_ID = f"{CANARY}-external-id"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    judge = Judge(tmp_path_factory.mktemp("judged") / "home")
    yield judge
    judge.stop()


@pytest.fixture
def home(judge: Judge) -> Home:
    return Home(judge)


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    server = Moto()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def sso() -> Iterator[IdentityCenter]:
    server = IdentityCenter("ASIASSO")
    yield server
    server.stop()


@pytest.fixture
def container() -> Iterator[Container]:
    server = Container("ASIACONTAINER")
    yield server
    server.stop()


@pytest.fixture
def instance() -> Iterator[InstanceMetadata]:
    server = InstanceMetadata("ASIAINSTANCE")
    yield server
    server.stop()


def proved(home: Home, key: str, profile: str = "") -> None:
    """boto3 and the program find this key and no other."""
    assert home.judged(profile) == (key, secret_of(key))
    run = home.list_as(key, *(["--profile", profile] if profile else []))
    assert (run.code, run.err) == (0, ""), run.all
    assert len(json.loads(run.out)["rows"]) == 4
    assert CANARY not in run.all


def proved_by_sts(home: Home, moto: Moto, signer: str | None, profile: str = "") -> None:
    """Both assume the role, signed by this key, and the key that moto gives out signs for Connect."""
    home.environment["AWS_ENDPOINT_URL_STS"] = moto.url
    mock_random.seed(7)
    judged = home.judged(profile)
    assert judged, "boto3 finds no credentials"
    key, secret = judged
    mock_random.seed(7)
    moto.requests.clear()
    run = home.list_as(key, *(["--profile", profile] if profile else []), secret=secret)
    assert (run.code, run.err) == (0, ""), run.all
    assert moto.signers() == ([signer] if signer else [])
    assert sts_backends["111111111111"]["aws"].assumed_roles[-1].access_key_id == key
    assert CANARY not in run.all


def test_keys_in_the_environment(home: Home) -> None:
    home.credentials(keys("AKIADECOY", "default"))
    home.environment |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": secret_of("AKIAENV")}
    proved(home, "AKIAENV")


@pytest.mark.parametrize("profile", ["", "work", "by variable"])
def test_keys_in_the_credentials_file(home: Home, profile: str) -> None:
    name = "work" if profile else "default"
    home.credentials(keys("AKIAFILE", name) + keys("AKIADECOY", "other"))
    if profile == "by variable":
        home.environment["AWS_PROFILE"] = name
    proved(home, "AKIAFILE", "work" if profile == "work" else "")


def test_keys_in_the_config_file(home: Home) -> None:
    home.config(keys("AKIACONFIG", "profile work") + keys("AKIADECOY", "default"))
    proved(home, "AKIACONFIG", "work")


def test_a_profile_that_the_flag_names_goes_before_keys_in_the_environment(home: Home) -> None:
    home.environment |= {"AWS_ACCESS_KEY_ID": "AKIADECOY", "AWS_SECRET_ACCESS_KEY": secret_of("AKIADECOY")}
    home.credentials(keys("AKIAFILE", "work"))
    proved(home, "AKIAFILE", "work")


def test_a_profile_that_the_variable_names_goes_after_keys_in_the_environment(home: Home) -> None:
    home.environment |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": secret_of("AKIAENV")}
    home.environment["AWS_PROFILE"] = "work"
    home.credentials(keys("AKIADECOY", "work"))
    proved(home, "AKIAENV")


def test_a_role_on_a_source_profile(home: Home, moto: Moto) -> None:
    home.credentials(keys("AKIABASE", "base"))
    home.config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = {EXTERNAL_ID}\n")
    proved_by_sts(home, moto, "AKIABASE", "work")
    assumed = sts_backends["111111111111"]["aws"].assumed_roles[-1]
    assert (assumed.role_arn, assumed.external_id) == (ROLE, EXTERNAL_ID)


def test_a_role_on_a_source_profile_beside_keys_in_the_environment(home: Home, moto: Moto) -> None:
    home.environment |= {"AWS_ACCESS_KEY_ID": "AKIADECOY", "AWS_SECRET_ACCESS_KEY": secret_of("AKIADECOY")}
    home.credentials(keys("AKIABASE", "base"))
    home.config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = base\n")
    proved_by_sts(home, moto, "AKIABASE", "work")


def test_a_role_on_credentials_in_the_environment(home: Home, moto: Moto) -> None:
    home.environment |= {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": secret_of("AKIAENV")}
    home.config(f"[profile work]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    proved_by_sts(home, moto, "AKIAENV", "work")


def test_a_role_on_the_container(home: Home, moto: Moto, container: Container) -> None:
    home.environment |= {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{container.url}/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": Container.TOKEN,
    }
    home.config(f"[profile work]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n")
    proved_by_sts(home, moto, "ASIACONTAINER", "work")


def test_a_role_on_the_instance(home: Home, moto: Moto, instance: InstanceMetadata) -> None:
    home.environment |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url, "AWS_EC2_METADATA_DISABLED": "false"}
    home.config(f"[profile work]\nrole_arn = {ROLE}\ncredential_source = Ec2InstanceMetadata\n")
    proved_by_sts(home, moto, "ASIAINSTANCE", "work")


def test_a_role_on_single_sign_on(home: Home, moto: Moto, sso: IdentityCenter) -> None:
    session(home, sso, f"[profile work]\nrole_arn = {ROLE}\nsource_profile = person\n", "person")
    home.sso_token("corp", IdentityCenter.ACCESS, 3600)
    proved_by_sts(home, moto, "ASIASSO", "work")


@pytest.mark.parametrize("has_profile", [True, False])
def test_a_web_identity_token(home: Home, moto: Moto, has_profile: bool) -> None:
    token = home.write("token", f"{CANARY}.web.identity")
    if has_profile:
        home.config(f"[profile work]\nrole_arn = {ROLE}\nweb_identity_token_file = {token}\nrole_session_name = person\n")
    else:
        home.environment |= {"AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ROLE_ARN": ROLE}
    proved_by_sts(home, moto, None, "work" if has_profile else "")
    assert [path for _, path, _ in moto.requests] == ["/"]


def session(home: Home, sso: IdentityCenter, config: str = "", profile: str = "work") -> None:
    """A profile on a named SSO session."""
    home.environment |= {"AWS_ENDPOINT_URL_SSO": sso.url, "AWS_ENDPOINT_URL_SSO_OIDC": sso.url}
    home.config(
        "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n"
        "sso_registration_scopes = sso:account:access\n"
        f"[profile {profile}]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Reader\n" + config
    )


def test_single_sign_on_with_a_cached_token(home: Home, sso: IdentityCenter) -> None:
    session(home, sso)
    home.sso_token("corp", IdentityCenter.ACCESS, 3600)
    proved(home, "ASIASSO", "work")


def test_single_sign_on_with_a_token_that_can_be_renewed(home: Home, sso: IdentityCenter) -> None:
    session(home, sso)
    given = {
        "refreshToken": IdentityCenter.REFRESH,
        "clientId": "client",
        "clientSecret": IdentityCenter.CLIENT,
        "registrationExpiresAt": "2099-01-01T00:00:00Z",
        "startUrl": "https://corp.awsapps.com/start",
    }
    home.sso_token("corp", f"{CANARY}-old", -60, **given)
    assert home.judged("work") == ("ASIASSO", secret_of("ASIASSO"))
    home.sso_token("corp", f"{CANARY}-old", -60, **given)
    sso.requests.clear()
    run = home.list_as("ASIASSO", "--profile", "work")
    assert (run.code, run.err) == (0, ""), run.all
    assert [path.split("?")[0] for _, path, _ in sso.requests] == ["/token", "/federation/credentials"]


def test_single_sign_on_in_its_older_form(home: Home, sso: IdentityCenter) -> None:
    home.environment |= {"AWS_ENDPOINT_URL_SSO": sso.url}
    start_url = "https://corp.awsapps.com/start"
    home.config(
        f"[profile work]\nsso_start_url = {start_url}\nsso_region = us-east-1\n"
        "sso_account_id = 111111111111\nsso_role_name = Reader\n"
    )
    home.sso_token(start_url, IdentityCenter.ACCESS, 3600)
    proved(home, "ASIASSO", "work")


def test_a_credential_process_is_run_once(home: Home) -> None:
    document = {"Version": 1} | credentials_of("ASIAPROCESS")
    document["SessionToken"] = document.pop("Token")
    command = home.process("give", f"echo '{json.dumps(document)}'")
    home.config(f"[profile work]\ncredential_process = {command}\n")
    assert home.judged("work") == ("ASIAPROCESS", secret_of("ASIAPROCESS"))
    (home.path / "give.runs").unlink()
    run = home.list_as("ASIAPROCESS", "--profile", "work")
    assert (run.code, run.err) == (0, ""), run.all
    assert (home.path / "give.runs").read_text() == "run\n"


@pytest.mark.parametrize("form", ["ecs", "eks"])
def test_the_container(home: Home, container: Container, form: str) -> None:
    home.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{container.url}/credentials"
    if form == "ecs":
        home.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = Container.TOKEN
    else:
        home.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = str(home.write("token", Container.TOKEN))
    proved(home, "ASIACONTAINER")


@pytest.mark.parametrize("profile", ["", "work"])
def test_the_instance(home: Home, instance: InstanceMetadata, profile: str) -> None:
    """Also for a profile that has a region alone, as with the AWS CLI."""
    home.environment |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.url, "AWS_EC2_METADATA_DISABLED": "false"}
    home.config("[profile work]\nregion = us-east-1\n")
    if profile:
        home.environment |= {"AWS_ACCESS_KEY_ID": "AKIADECOY", "AWS_SECRET_ACCESS_KEY": secret_of("AKIADECOY")}
    proved(home, "ASIAINSTANCE", profile)
    assert {method for method, _, _ in instance.requests} == {"PUT", "GET"}


def test_cloudformation_is_called_as_the_same_profile(home: Home) -> None:
    cloudformation = Refusing("ValidationError", "Stack with id nowhere does not exist")
    home.environment |= {"AWS_ACCESS_KEY_ID": "AKIADECOY", "AWS_SECRET_ACCESS_KEY": secret_of("AKIADECOY")}
    home.environment["AWS_ENDPOINT_URL_CLOUDFORMATION"] = cloudformation.url
    home.credentials(keys("AKIAFILE", "work"))
    run = home.run("drift", "--stack", "nowhere", "--profile", "work")
    assert run.code == 1 and "does not exist" in run.err, run.all
    assert cloudformation.signers() == ["AKIAFILE"]

    cloudformation.code = "ExpiredToken"
    run = home.run("drift", "--stack", "nowhere", "--profile", "work")
    assert "hint: the credentials come from profile `work` (access keys): write valid keys" in run.err, run.all
    cloudformation.stop()


# ---- what fails ----

# What the SDK's errors are made of, and what a person can do nothing with.
RAW = [
    "dispatch failure",
    "service error",
    "unhandled error",
    "not enabled",
    "an error occurred while loading credentials",
    "not properly configured",
    "unexpected credentials error",
    "could not be built",
    "ProviderError",
    "Error {",
    "panicked",
    "os error",
    "io error",
    "cargo feature",
]

CLOSED = "http://127.0.0.1:9"
Prepare = Callable[[Home], object]


def refused(home: Home, sts: Refusing, source: str = "work") -> Refusing:
    """A role that STS refuses."""
    home.credentials(keys("AKIABASE", "base"))
    role = f"[profile {source}]\nrole_arn = {ROLE}\nsource_profile = base\nexternal_id = {EXTERNAL_ID}\n"
    home.config(role + f"[profile outer]\nrole_arn = {OUTER}\nsource_profile = {source}\n")
    home.environment["AWS_ENDPOINT_URL_STS"] = sts.url
    return sts


def with_web_identity(home: Home, sts: Refusing) -> Refusing:
    """A token that STS refuses."""
    home.environment |= {"AWS_WEB_IDENTITY_TOKEN_FILE": str(home.write("token", f"{CANARY}.web.identity"))}
    home.environment |= {"AWS_ROLE_ARN": ROLE, "AWS_ENDPOINT_URL_STS": sts.url}
    return sts


def with_process(body: str) -> Prepare:
    """A profile with a `credential_process`."""

    def prepare(home: Home) -> None:
        home.config(f"[profile work]\ncredential_process = {home.process('give', body)} {CANARY}-argument\n")

    return prepare


def with_sso(seconds: float | None, token: str = IdentityCenter.ACCESS, older: bool = False, config: str = "") -> Prepare:
    """A profile on single sign-on with a token that is valid for so long, or with none."""

    def prepare(home: Home) -> IdentityCenter:
        server = IdentityCenter("ASIASSO")
        session(home, server, config)
        identifier = "corp"
        if older:
            identifier = "https://corp.awsapps.com/start"
            home.config(
                f"[profile work]\nsso_start_url = {identifier}\nsso_region = us-east-1\n"
                "sso_account_id = 111111111111\nsso_role_name = Reader\n"
            )
        if seconds is not None:
            home.sso_token(identifier, token, seconds)
        return server

    return prepare


def with_container(token: str | None, file: str | None = None, expires_in: float = 3600) -> Prepare:
    """A container's endpoint, called with this token."""

    def prepare(home: Home) -> Container:
        server = Container("ASIACONTAINER")
        server.expires_in = expires_in
        home.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{server.url}/credentials?{CANARY}=1"
        if token is not None:
            home.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token
        if file is not None:
            home.environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = file
        return server

    return prepare


def with_instance(role: str) -> Prepare:
    """An instance with this role."""

    def prepare(home: Home) -> InstanceMetadata:
        server = InstanceMetadata("ASIAINSTANCE")
        server.role = role
        home.environment |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url, "AWS_EC2_METADATA_DISABLED": "false"}
        return server

    return prepare


def with_environment(**variables: str) -> Prepare:
    """These variables."""
    return lambda home: home.environment.update(variables)


def with_config(text: str) -> Prepare:
    """This config file."""
    return lambda home: home.config(text)


EXPIRED_PROCESS = json.dumps(
    {
        "Version": 1,
        "AccessKeyId": "ASIAPROCESS",
        "SecretAccessKey": secret_of("ASIAPROCESS"),
        "SessionToken": f"{CANARY}-token",
        "Expiration": "2020-01-01T00:00:00Z",
    }
)

# Name, profile, what is there, what the error says, what the hint says.
FAILURES: list[tuple[str, str, Prepare, list[str], list[str]]] = [
    ("nothing at all", "", lambda home: None, ["no AWS credentials found", "profile `default`"], ["aws configure", "--profile", "--local"]),
    ("half of the keys", "", with_environment(AWS_ACCESS_KEY_ID="AKIAHALF"), ["`AWS_SECRET_ACCESS_KEY` is not"], ["set both"]),
    ("no such profile", "wrok", lambda home: home.credentials(keys("AKIAFILE", "work")), ["`wrok`, named by `--profile`, not found", ".aws/config", ".aws/credentials"], ["did you mean `work`?"]),
    ("no such profile by variable", "", with_environment(AWS_PROFILE="gone"), ["`gone`, named by `AWS_PROFILE`, not found"], ["aws configure"]),
    ("a section without the word profile", "work", with_config(keys("AKIAFILE", "work")), ["`work`", "not found"], ["[profile work]"]),
    ("no such source profile", "work", with_config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = bas\n[profile base]\n"), ["`bas`, named by `source_profile` of profile `work`, not found"], ["did you mean `base`?"]),
    ("a source profile without credentials", "work", with_config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\nregion = us-east-1\n"), ["`base`", "`source_profile` of profile `work`", "no credentials"], ["--profile base"]),
    ("a circle", "work", with_config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = base\n[profile base]\nrole_arn = {OUTER}\nsource_profile = work\n"), ["`work`", "circle: work → base → work"], ["credentials"]),
    ("a role on nothing", "work", with_config(f"[profile work]\nrole_arn = {ROLE}\n"), ["`work`", "`role_arn`"], ["`source_profile` or `credential_source`"]),
    ("a role on two", "work", with_config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = work\ncredential_source = Environment\n"), ["both"], ["remove one"]),
    ("an unknown source", "work", with_config(f"[profile work]\nrole_arn = {ROLE}\ncredential_source = Ec2\n"), ["unknown `credential_source` `Ec2`"], ["`Ec2InstanceMetadata`"]),
    ("half of the keys of a profile", "work", with_config("[profile work]\naws_access_key_id = AKIAHALF\n"), ["`work`", "`aws_secret_access_key`"], ["aws configure --profile work"]),
    ("a malformed file", "work", with_config("[profile work]\nregion us-east-1\n"), [".aws/config` is malformed: line 2"], ["`name = value`"]),
    ("a file that is not UTF-8", "", lambda home: (home.path / ".aws" / "config").write_bytes(b"[default]\nregion = \xff\n"), [".aws/config` is not valid UTF-8"], ["UTF-8"]),
    ("no SSO token", "work", with_sso(None), ["the SSO token of profile `work` (SSO session `corp`) is missing"], ["aws sso login --profile work"]),
    ("an expired SSO token", "work", with_sso(-60), ["the SSO token of profile `work` (SSO session `corp`) has expired"], ["aws sso login --profile work"]),
    ("a revoked SSO token", "work", with_sso(3600, f"{CANARY}-revoked"), ["`work`", "UnauthorizedException"], ["aws sso login --profile work"]),
    ("no SSO token, older form", "work", with_sso(None, older=True), ["the SSO token of profile `work` (SSO) is missing"], ["aws sso login --profile work"]),
    ("an expired SSO token, older form", "work", with_sso(-60, f"{CANARY}-old", older=True), ["`work`", "expired"], ["aws sso login --profile work"]),
    ("no such SSO session", "work", with_config("[profile work]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = R\n"), ["SSO session `corp`"], ["[sso-session corp]"]),
    ("half of SSO", "work", with_config("[profile work]\nsso_start_url = https://x\nsso_account_id = 1\nsso_role_name = R\n"), ["no `sso_region`"], ["aws configure sso --profile work"]),
    ("an SSO portal that is closed", "work", lambda home: (with_sso(3600)(home), home.environment.update(AWS_ENDPOINT_URL_SSO=CLOSED)), ["IAM Identity Center", CLOSED, "connection refused", "profile `work`"], ["check the URL"]),
    ("a process that fails", "work", with_process(f"echo {CANARY}-out; echo {CANARY}-err >&2; exit 3"), ["`credential_process` of profile `work` failed with exit code 3"], ["by hand"]),
    ("a process that is not there", "work", with_config("[profile work]\ncredential_process = /nowhere/at-all\n"), ["`credential_process` of profile `work` failed with exit code 127"], ["by hand"]),
    ("a process that writes garbage", "work", with_process(f"echo 'not json {CANARY}'"), ["the output of `credential_process` of profile `work` is not valid JSON"], ["`Version` 1"]),
    ("a process without a secret", "work", with_process(f"""echo '{{"Version": 1, "AccessKeyId": "{CANARY}"}}'"""), ["has no valid `SecretAccessKey`"], ["`Version` 1"]),
    ("a process of another version", "work", with_process(f"""echo '{{"Version": 2, "AccessKeyId": "{CANARY}"}}'"""), ["`Version`"], ["`Version` 1"]),
    ("a process with old credentials", "work", with_process(f"echo '{EXPIRED_PROCESS}'"), ["profile `work` (`credential_process`) gave credentials that have expired"], ["`credential_process`"]),
    ("a role that may not be assumed", "work", lambda home: refused(home, Refusing("AccessDenied", f"User: arn:aws:iam::1:user/u is not authorized to perform: sts:AssumeRole on resource: {ROLE}")), [f"role `{ROLE}` of profile `work`", "profile `base` (access keys)", "AccessDenied", "not authorized", "0f0f"], ["`sts:AssumeRole`", "`external_id`"]),
    ("the first of two roles may not be assumed", "outer", lambda home: refused(home, Refusing("AccessDenied", f"not on resource: {ROLE}")), [f"role `{ROLE}` of profile `work`", "profile `base`"], ["`sts:AssumeRole`"]),
    ("a role with expired keys", "work", lambda home: refused(home, Refusing("ExpiredToken", "expired")), [f"role `{ROLE}`", "ExpiredToken"], ["aws configure --profile base"]),
    ("a role that asks for MFA", "work", lambda home: (refused(home, Refusing("AccessDenied")), home.config(f"[profile work]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/m\n")), ["AccessDenied"], ["`mfa_serial` is not supported", "export-credentials --profile work"]),
    ("an STS that is closed", "work", lambda home: (refused(home, Refusing("X")), home.environment.update(AWS_ENDPOINT_URL_STS=CLOSED)), ["AWS STS", CLOSED, "connection refused", f"role `{ROLE}` of profile `work`"], ["check the URL"]),
    ("no region for STS", "work", lambda home: (refused(home, Refusing("X")), home.environment.pop("AWS_REGION"), home.environment.pop("AWS_DEFAULT_REGION")), ["no region is known to call STS in", "profile `work`"], ["`--region`", "`AWS_REGION`"]),
    ("a web identity that is refused", "", lambda home: with_web_identity(home, Refusing("AccessDenied")), [f"role `{ROLE}`", "token`: AccessDenied"], ["trust policy"]),
    ("an expired web identity", "", lambda home: with_web_identity(home, Refusing("ExpiredTokenException", "Token expired")), [f"role `{ROLE}`", "ExpiredTokenException"], ["renew the token in"]),
    ("no web identity file", "", with_environment(AWS_WEB_IDENTITY_TOKEN_FILE="/nowhere/token", AWS_ROLE_ARN=ROLE), ["the web identity token in `/nowhere/token` cannot be read: no such file"], ["renew the token"]),
    ("a container that is closed", "", with_environment(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{CLOSED}/c"), ["cannot reach the container's credentials endpoint", CLOSED, "connection refused"], ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]),
    ("a container that wants another token", "", with_container(f"{CANARY}-other"), ["the container's credentials endpoint", "status 401"], ["AWS_CONTAINER_AUTHORIZATION_TOKEN"]),
    ("a container's token with a line break", "", with_container(f"{CANARY}\n"), ["the container's token"], ["line break"]),
    ("a container's token file that is not there", "", with_container(None, "/nowhere/token"), ["`/nowhere/token`", "no such file"], ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]),
    ("a container far away", "", with_environment(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://192.0.2.1/c"), ["`http://192.0.2.1/c`", "not allowed"], ["loopback"]),
    ("a container with old credentials", "", with_container(Container.TOKEN, expires_in=-60), ["the container's credentials endpoint gave credentials that have expired"], ["role"]),
    ("an instance without a role", "", with_instance(""), ["no AWS credentials found"], ["aws configure"]),
    ("an instance that is closed", "", with_environment(AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=CLOSED), ["no AWS credentials found"], ["aws configure"]),
    ("a login session", "work", with_config("[profile work]\nlogin_session = arn:aws:iam::1:user/u\n"), ["`aws login`"], ["export-credentials --profile work"]),
]


@pytest.mark.parametrize(("profile", "prepare", "says", "hints"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_a_failure_names_the_source_the_profile_and_the_way_out(
    home: Home, profile: str, prepare: Prepare, says: list[str], hints: list[str]
) -> None:
    """boto3 gets no credentials that are good for anything either; no output has a raw error or a secret."""
    prepare(home)
    flag = ["--profile", profile] if profile else []
    outputs = [
        home.run("list", "--endpoint-url", CLOSED, *flag),
        home.run("list", "--format", "json", "--endpoint-url", CLOSED, *flag),
    ]
    # A stack is looked for in a region first of all.
    if "AWS_REGION" in home.environment:
        outputs.append(home.run("drift", "--stack", "s", *flag))
    home.environment["RUST_LOG"] = "trace"
    outputs.append(home.run("list", "--endpoint-url", CLOSED, *flag))
    for run in outputs:
        assert (run.code, run.out) == (1, ""), run.all
        error, hint = run.err.split("\nhint: ")
        assert error.startswith("error: ") and "\n" not in error, run.err
        for text in says:
            assert text in error, run.err
        for text in hints:
            assert text in hint, run.err
        for raw in RAW:
            assert raw not in run.err, run.err
        assert CANARY not in run.err, run.err
    assert len({run.err for run in outputs}) == 1


@pytest.mark.parametrize(
    ("prepare", "profile"),
    [(row[2], row[1]) for row in FAILURES if "login" not in row[0] and "region" not in row[0]],
    ids=[row[0] for row in FAILURES if "login" not in row[0] and "region" not in row[0]],
)
def test_boto3_gets_none_either(home: Home, profile: str, prepare: Prepare) -> None:
    prepare(home)
    assert home.judged(profile) is None
