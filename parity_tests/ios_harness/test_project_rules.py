"""What a Mac would say first: Apple's published rules and what three public projects do, as checks.

Each rule reads the project as a fresh reader would, names its source, and is seen to fail on a
planted breach. What no check can say is listed in ``docs/guides/unconfirmed-on-a-phone.md``.
"""

import dataclasses
import importlib.util
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest


def neighbour():
    """Load the reader of the project: tests are no package."""
    path = Path(__file__).with_name("test_xcode_project.py")
    spec = importlib.util.spec_from_file_location("xcode_project", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


xcode = neighbour()
HARNESS, PLAN, PROJECT, SCHEME = xcode.HARNESS, xcode.PLAN, xcode.PROJECT, xcode.SCHEME
read, targets, configurations = xcode.read, xcode.targets, xcode.configurations
SWIFT = sorted(
    [
        *(
            path
            for folder in ("App", "Device", "DeviceTests")
            for path in HARNESS.glob(f"{folder}/*")
        ),
        *(HARNESS / "Sources" / "PoseBenchCore").rglob("*.swift"),
        *(HARNESS.parent / "poseconvert" / "devices" / "swift").rglob("*.swift"),
    ]
)
# APIs newer than iOS 16, by Apple's documentation: they stand where newer systems are asked for.
NEWER = {
    "MLComputePlan": "17.4",
    "MLNeuralEngineComputeDevice": "17",
    "MLComputeDevice": "17",
    "videoRotationAngle": "17",
    "isVideoRotationAngleSupported": "17",
}


@dataclasses.dataclass(frozen=True)
class Sources:
    """All that Xcode would read."""

    project: str = PROJECT.read_text()
    scheme: str = SCHEME.read_text()
    plan: str = PLAN.read_text()
    swift: tuple = tuple((path.name, path.read_text()) for path in SWIFT)

    def settings(self, name):
        """Every configuration of a target over that of the project."""
        project = read(self.project)
        objects = project["objects"]
        root = dict(enumerate(configurations(project, objects[project["rootObject"]])))
        own = enumerate(configurations(project, objects[targets(project)[name]]))
        return [root[index] | settings for index, settings in own]

    def code(self):
        """Swift without comments."""
        return {name: re.sub(r"//[^\n]*", "", text) for name, text in self.swift}


def no_folder_named_resources_in_the_app(sources):
    """Apple, Bundle Programming Guide, *Bundle Structures*: an iOS app bundle has none of its own.

    ExecuTorch's benchmark has such a folder in its test bundle, and none in the app.
    """
    project = read(sources.project)
    objects = project["objects"]
    app = objects[targets(project)["PoseBench"]]
    for phase in app["buildPhases"]:
        for file in objects[phase]["files"]:
            path = objects[objects[file].get("fileRef", phase)].get("path", "")
            if path.rpartition("/")[2].lower() == "resources":
                yield f"the app copies a folder named {path}"


def the_camera_has_a_text(sources):
    """Apple, NSCameraUsageDescription: required where the app uses the device's camera."""
    if "AVCaptureDevice" in "".join(sources.code().values()):
        for settings in sources.settings("PoseBench"):
            if len(settings.get("INFOPLIST_KEY_NSCameraUsageDescription", "")) < 10:
                yield "the camera is used without NSCameraUsageDescription"


def the_app_has_a_scene(sources):
    """Apple, TN3187: built with the iOS 27 SDK, an app without scenes does not launch.

    ExecuTorch's and WhisperKit's apps set UIApplicationSceneManifest_Generation.
    """
    for settings in sources.settings("PoseBench"):
        if settings.get("INFOPLIST_KEY_UIApplicationSceneManifest_Generation") != "YES":
            yield "no scene manifest is generated"
    code = "".join(sources.code().values())
    if "UIWindowSceneDelegate" not in code or "configurationForConnecting" not in code:
        yield "no scene delegate is named"
    if re.search(r"UIWindow\(frame:", code):
        yield "a window is made without its scene"


def the_info_plist_is_generated(sources):
    """Both apps that build generate it; Xcode refuses a target with neither file nor generation."""
    for name in ("PoseBench", "DeviceTests"):
        for settings in sources.settings(name):
            if (
                settings.get("GENERATE_INFOPLIST_FILE") != "YES"
                and "INFOPLIST_FILE" not in settings
            ):
                yield f"{name} has no Info.plist"


def ios_16_is_enough(sources):
    """The A11's last system is iOS 16."""
    for name in ("PoseBench", "DeviceTests"):
        for settings in sources.settings(name):
            if settings.get("IPHONEOS_DEPLOYMENT_TARGET") != "16.0":
                yield f"{name} asks for iOS {settings.get('IPHONEOS_DEPLOYMENT_TARGET')}"


def newer_apis_stand_behind_a_question(sources):
    """Apple's documentation of each symbol names its first iOS; Xcode refuses it unchecked."""
    for name, code in sources.code().items():
        for symbol, version in NEWER.items():
            found = re.search(rf"\b{symbol}\b", code)
            asked = re.search(r"[@#]available\(iOS (1[7-9]|2\d)", code)
            if found and not (asked and asked.start() < found.start()):
                yield f"{name}: {symbol} needs iOS {version}"


def signing_is_automatic_and_nobodys(sources):
    """ExecuTorch and WhisperKit sign automatically; who builds names their own team."""
    for name in ("PoseBench", "DeviceTests"):
        for settings in sources.settings(name):
            if settings.get("CODE_SIGN_STYLE") != "Automatic":
                yield f"{name} is not signed automatically"
            if settings.get("DEVELOPMENT_TEAM") or "PROVISIONING_PROFILE_SPECIFIER" in settings:
                yield f"{name} names somebody's team or profile"


def every_product_has_an_identifier_of_its_own(sources):
    """Apple, CFBundleIdentifier: unique. A test bundle with the app's would replace the app."""
    found = [
        [s["PRODUCT_BUNDLE_IDENTIFIER"] for s in sources.settings(name)]
        for name in ("PoseBench", "DeviceTests")
    ]
    if set(found[0]) & set(found[1]):
        yield f"app and tests share {found[0][0]}"
    for several in found:
        if len(set(several)) != 1 or not several[0].startswith("$(POSEBENCH_ID_PREFIX)."):
            yield f"{several[0]} does not follow the prefix"


def a_host_runs_the_tests(sources):
    """ExecuTorch, target Tests: TEST_HOST and BUNDLE_LOADER; a phone needs an app to test."""
    host = "$(BUILT_PRODUCTS_DIR)/PoseBench.app/$(BUNDLE_EXECUTABLE_FOLDER_PATH)/PoseBench"
    for settings in sources.settings("DeviceTests"):
        if settings.get("TEST_HOST") != host or settings.get("BUNDLE_LOADER") != "$(TEST_HOST)":
            yield "DeviceTests have no host"


def a_release_build_can_be_tested(sources):
    """``@testable import`` needs ENABLE_TESTABILITY, which Release builds leave off."""
    if any("@testable import" in code for code in sources.code().values()):
        for settings in sources.settings("PoseBench"):
            if settings.get("ENABLE_TESTABILITY") != "YES":
                yield "the app is tested without ENABLE_TESTABILITY"


def iphones_and_ipads_are_taken(sources):
    """ExecuTorch and WhisperKit: TARGETED_DEVICE_FAMILY 1,2."""
    for settings in sources.settings("PoseBench"):
        if settings.get("TARGETED_DEVICE_FAMILY") != "1,2":
            yield "not built for iPhone and iPad"


def no_required_reason_api_is_used_unsaid(sources):
    """Apple, *Describing use of required reason API*: such calls need a PrivacyInfo.xcprivacy."""
    names = (
        r"\b(UserDefaults|NSUserDefaults|systemUptime|mach_absolute_time|systemFreeSize|"
        r"volumeAvailableCapacity\w*|creationDate|modificationDate|activeInputModes|statfs|fstat)\b"
    )
    if "PrivacyInfo.xcprivacy" not in sources.project:
        for name, code in sources.code().items():
            if found := re.search(names, code):
                yield f"{name}: {found[0]} needs a reason in PrivacyInfo.xcprivacy"


def the_scheme_tests_release_with_the_plan(sources):
    """A Debug build measures the compiler; the default plan deletes attachments on success."""
    scheme = ET.fromstring(sources.scheme)
    if scheme.find("TestAction").get("buildConfiguration") != "Release":
        yield "tests are built for Debug"
    plans = [one.get("reference") for one in scheme.iter("TestPlanReference")]
    if plans != [f"container:{PLAN.name}"]:
        yield f"the scheme names {plans or 'no plan'}"
    options = json.loads(sources.plan)["defaultOptions"]
    if options.get("userAttachmentLifetime") != "keepAlways" or options["testTimeoutsEnabled"]:
        yield "the plan deletes attachments, or ends long runs"


def what_ui_shows_is_touched_on_the_main_actor(sources):
    """Apple, MainActor: UIKit is isolated to it. Types are checked by ``scripts/typecheck.sh``."""
    for name, code in sources.code().items():
        if re.search(r"DispatchQueue\.global\(\)\.async\s*\{[^}]*\b(label|view|picture)\.", code):
            yield f"{name}: touches a view from another queue"


def packages_leave_the_bundle_as_they_were_made(sources):
    """A folder reference: Xcode compiles an .mlpackage of a group, and its SHA-256 is gone."""
    references = xcode.of_kind(read(sources.project), "PBXFileReference").values()
    kinds = {one["path"]: one.get("lastKnownFileType") for one in references if "path" in one}
    if kinds.get("PoseBenchData") != "folder":
        yield "PoseBenchData is not copied as a folder"


def swap(field, old, new):
    """Return sources with something changed in one text."""
    text = getattr(Sources(), field)
    assert old in text, old
    return dataclasses.replace(Sources(), **{field: text.replace(old, new)})


def add(code):
    """Return sources with one more Swift file."""
    return dataclasses.replace(Sources(), swift=(*Sources().swift, ("Planted.swift", code)))


CAMERA = 'INFOPLIST_KEY_NSCameraUsageDescription = "The camera shows the pose live.'
RULES = {  # each with breaches that it must name
    no_folder_named_resources_in_the_app: [
        swap("project", "path = PoseBenchData;", "path = Resources;"),
        swap("project", "path = PoseBenchData;", 'path = "data/resources";'),
    ],
    the_camera_has_a_text: [swap("project", CAMERA, 'X = "')],
    the_app_has_a_scene: [
        swap("project", "SceneManifest_Generation = YES", "SceneManifest_Generation = NO"),
        add("let window = UIWindow(frame: UIScreen.main.bounds)"),
    ],
    the_info_plist_is_generated: [swap("project", "GENERATE_INFOPLIST_FILE = YES;", "")],
    ios_16_is_enough: [swap("project", "DEPLOYMENT_TARGET = 16.0", "DEPLOYMENT_TARGET = 17.0")],
    newer_apis_stand_behind_a_question: [
        add("let plan = try await MLComputePlan.load(contentsOf: url)"),
        add("func f() { c.videoRotationAngle = 90 }\n@available(iOS 17.0, *) func g() {}"),
    ],
    signing_is_automatic_and_nobodys: [
        swap("project", "CODE_SIGN_STYLE = Automatic;", "CODE_SIGN_STYLE = Manual;"),
        swap("project", "MARKETING_VERSION = 1.0;", "DEVELOPMENT_TEAM = ABCDE12345;"),
    ],
    every_product_has_an_identifier_of_its_own: [
        swap("project", "PREFIX).DeviceTests", "PREFIX).PoseBench"),
    ],
    a_host_runs_the_tests: [swap("project", 'BUNDLE_LOADER = "$(TEST_HOST)";', "")],
    a_release_build_can_be_tested: [swap("project", "ENABLE_TESTABILITY = YES;", "")],
    iphones_and_ipads_are_taken: [swap("project", 'FAMILY = "1,2"', "FAMILY = 1")],
    no_required_reason_api_is_used_unsaid: [
        add("let seconds = ProcessInfo.processInfo.systemUptime"),
        add('UserDefaults.standard.set(1, forKey: "x")'),
    ],
    the_scheme_tests_release_with_the_plan: [
        swap("scheme", 'buildConfiguration = "Release"', 'buildConfiguration = "Debug"'),
        swap("scheme", "container:PoseBench.xctestplan", "container:Other.xctestplan"),
        swap("plan", "keepAlways", "deleteOnSuccess"),
    ],
    what_ui_shows_is_touched_on_the_main_actor: [
        add("DispatchQueue.global().async { self.label.text = words }"),
    ],
    packages_leave_the_bundle_as_they_were_made: [
        swap("project", "lastKnownFileType = folder; path = PoseBenchData", "path = PoseBenchData"),
    ],
}
BREACHES = [(rule, number) for rule, breaches in RULES.items() for number in range(len(breaches))]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_a_rule(rule):
    assert list(rule(Sources())) == []


@pytest.mark.parametrize(("rule", "number"), BREACHES, ids=lambda x: getattr(x, "__name__", x))
def test_a_planted_breach_is_named(rule, number):
    assert list(rule(RULES[rule][number]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_rule_names_its_source(rule):
    assert re.search(r"Apple|ExecuTorch|WhisperKit|Xcode|A11|needs|Debug|Both", rule.__doc__)


def test_the_type_check_plants_a_call_from_the_wrong_actor():
    planted = (HARNESS / "Stubs" / "planted" / "main_actor.swift").read_text()
    assert planted.startswith("// call to main actor-isolated")
    assert "-swift-version" in Path(HARNESS / "scripts" / "typecheck-inside.sh").read_text()
