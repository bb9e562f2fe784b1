"""The Xcode project, its scheme and its test plan, read without a Mac.

What this cannot say: that Xcode opens and builds it. ``ios_harness/README.md`` says so.
"""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from pbxproj import XcodeProject

HARNESS = Path(__file__).parents[2] / "ios_harness"
PROJECT = HARNESS / "PoseBench.xcodeproj" / "project.pbxproj"
SCHEME = HARNESS / "PoseBench.xcodeproj/xcshareddata/xcschemes/PoseBench.xcscheme"
PLAN = HARNESS / "PoseBench.xctestplan"
TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|("(?:[^"\\]|\\.)*")|([\w./-]+)|([{}()=;,])', re.DOTALL)
IDENTITY = re.compile(r"[0-9A-F]{24}")


def read(text):
    """Read an OpenStep property list: dictionaries, arrays and strings."""
    tokens, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot read {text[at : at + 20]!r}")
        at = match.end()
        if match.lastindex:
            tokens.append(match[match.lastindex])
    value, rest = _value(tokens)
    if rest:
        raise ValueError(f"{rest[0]} after the end")
    return value


def _value(tokens):
    first, rest = tokens[0], tokens[1:]
    if first == "{":
        found = {}
        while rest[0] != "}":
            key, equals, *rest = rest
            value, rest = _value(rest)
            semicolon, *rest = rest
            if (equals, semicolon) != ("=", ";") or key in found:
                raise ValueError(f"{key}: malformed or twice")
            found[key] = value
        return found, rest[1:]
    if first == "(":
        items = []
        while rest[0] != ")":
            value, rest = _value(rest)
            items.append(value)
            if rest[0] == ",":
                rest = rest[1:]
            elif rest[0] != ")":
                raise ValueError(f"{rest[0]} in an array")
        return items, rest[1:]
    if first in "}()=;,":
        raise ValueError(f"{first} where a value is expected")
    return first.strip('"'), rest


def identities(value):
    """Every id that a value mentions."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from identities(key)
            yield from identities(item)
    elif isinstance(value, list):
        for item in value:
            yield from identities(item)
    elif IDENTITY.fullmatch(value):
        yield value


def dangling(project):
    """Ids that name no object, and objects that nothing leads to."""
    objects = project["objects"]
    reached, waiting = set(), [project["rootObject"]]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += identities(objects.get(one, {}))
    return (reached | set(objects)) - (reached & set(objects))


@pytest.fixture(scope="module")
def project():
    return read(PROJECT.read_text())


def of_kind(project, isa):
    return {key: value for key, value in project["objects"].items() if value["isa"] == isa}


def targets(project):
    return {value["name"]: key for key, value in of_kind(project, "PBXNativeTarget").items()}


def test_every_id_names_an_object_and_every_object_is_used(project):
    assert len(project["objects"]) > 25
    assert dangling(project) == set()


def test_a_dangling_id_and_an_orphan_are_found():
    text = PROJECT.read_text()
    wrong = re.sub(r"fileRef = \w{24}", "fileRef = 0123456789ABCDEF01234567", text)
    assert "0123456789ABCDEF01234567" in dangling(read(wrong))
    orphan = text.replace("objects = {", "objects = {AAAAAAAAAAAAAAAAAAAAAAAA = {isa = X; };", 1)
    assert dangling(read(orphan)) == {"AAAAAAAAAAAAAAAAAAAAAAAA"}


@pytest.mark.parametrize(
    ("old", "new"),
    [("objectVersion = 77;", "objectVersion = 77"), ("(", "{"), ("}\n", ""), ('"', "")],
)
def test_bad_syntax_is_refused(old, new):
    text = PROJECT.read_text()
    assert old in text
    with pytest.raises((ValueError, IndexError)):
        read(text.replace(old, new, 1))


def test_folders_are_synced_and_each_has_one_owner(project):
    assert project["objectVersion"] == "77"
    groups = of_kind(project, "PBXFileSystemSynchronizedRootGroup")
    assert {group["path"] for group in groups.values()} == {"App", "Device", "DeviceTests"}
    owned = [
        folder
        for target in of_kind(project, "PBXNativeTarget").values()
        for folder in target["fileSystemSynchronizedGroups"]
    ]
    assert sorted(owned) == sorted(groups)
    for group in groups.values():
        assert list((HARNESS / group["path"]).glob("*.swift"))


def test_the_core_is_a_local_package(project):
    (package,) = of_kind(project, "XCLocalSwiftPackageReference").values()
    assert (PROJECT.parents[1] / package["relativePath"] / "Package.swift").exists()
    (product,) = of_kind(project, "XCSwiftPackageProductDependency").values()
    assert f'.library(name: "{product["productName"]}"' in (HARNESS / "Package.swift").read_text()


def test_tests_are_hosted_by_the_app(project):
    objects = project["objects"]
    tests = objects[targets(project)["DeviceTests"]]
    (dependency,) = tests["dependencies"]
    assert objects[dependency]["target"] == targets(project)["PoseBench"]
    for settings in configurations(project, tests):
        assert settings["TEST_HOST"].endswith(
            "/PoseBench.app/$(BUNDLE_EXECUTABLE_FOLDER_PATH)/PoseBench"
        )
        assert settings["BUNDLE_LOADER"] == "$(TEST_HOST)"


def configurations(project, owner):
    objects = project["objects"]
    for one in objects[owner["buildConfigurationList"]]["buildConfigurations"]:
        yield objects[one]["buildSettings"]


def test_an_a11_can_run_it_and_release_can_be_tested(project):
    root = project["objects"][project["rootObject"]]
    for settings in configurations(project, root):
        assert settings["IPHONEOS_DEPLOYMENT_TARGET"] == "16.0"
        assert settings["ENABLE_TESTABILITY"] == "YES"
    names = [c["name"] for c in of_kind(project, "XCBuildConfiguration").values()]
    assert names == ["Debug", "Release"] * 3
    release = list(configurations(project, root))[1]
    assert release["SWIFT_OPTIMIZATION_LEVEL"] == "-O"
    assert "DEBUG" not in release.get("SWIFT_ACTIVE_COMPILATION_CONDITIONS", "")


def test_nobodys_team_is_committed():
    for path in (PROJECT, SCHEME, PLAN):
        assert "DEVELOPMENT_TEAM" not in path.read_text()
        assert "PROVISIONING" not in path.read_text()


def test_the_bundle_is_copied_as_it_is(project):
    """As a folder: a package that Xcode compiled would not be the one with the SHA-256."""
    references = of_kind(project, "PBXFileReference")
    (resources,) = [r for r in references.values() if r["path"] == "PoseBenchData"]
    assert resources["lastKnownFileType"] == "folder"


def test_results_can_be_fetched_from_the_phone(project):
    app = project["objects"][targets(project)["PoseBench"]]
    for settings in configurations(project, app):
        assert settings["INFOPLIST_KEY_UIFileSharingEnabled"] == "YES"
        assert settings["INFOPLIST_KEY_NSCameraUsageDescription"]


def test_the_shared_scheme_tests_release_with_the_plan(project):
    scheme = ET.fromstring(SCHEME.read_text())
    action = scheme.find("TestAction")
    assert action.get("buildConfiguration") == "Release"
    reference = action.find("TestPlans/TestPlanReference").get("reference")
    assert (HARNESS / reference.removeprefix("container:")) == PLAN
    for one in scheme.iter("BuildableReference"):
        assert one.get("BlueprintIdentifier") == targets(project)[one.get("BlueprintName")]
    assert scheme.find("LaunchAction").get("buildConfiguration") == "Release"


def test_the_test_plan_keeps_attachments_and_ends_no_long_run(project):
    plan = json.loads(PLAN.read_text())
    assert plan["defaultOptions"]["userAttachmentLifetime"] == "keepAlways"
    assert plan["defaultOptions"]["testTimeoutsEnabled"] is False
    (tested,) = plan["testTargets"]
    assert tested["parallelizable"] is False
    assert tested["target"]["identifier"] == targets(project)["DeviceTests"]


def test_no_test_loads_a_model_before_it_runs():
    """Xcode kills construction and class set-up after about six minutes."""
    for path in (HARNESS / "DeviceTests").glob("*.swift"):
        text = path.read_text()
        assert "class func setUp" not in text
        assert "defaultTestSuite" not in text
    for path in (HARNESS / "DeviceTests").glob("*Tests.swift"):
        assert "func test" in path.read_text()


def test_pbxproj_reads_the_same_project():
    """A second opinion: the library that others edit projects with."""
    project = XcodeProject.load(str(PROJECT))
    objects = read(PROJECT.read_text())["objects"]

    assert project.objectVersion == "77"
    assert set(project.objects.get_keys()) == set(objects)
    for name in objects:
        assert project.objects[name].isa == objects[name]["isa"]
