"""A rep's day in a real browser in which scripts are off: what is seen, chosen, saved, and where it goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import Browser
from feedback import Story, handed_over
from selenium.common.exceptions import NoAlertPresentException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


@pytest.fixture
def story(tmp_path: Path, browser: Browser) -> Iterator[Story]:
    """The browser starts in a window of usual size and without cookies."""
    with handed_over(tmp_path) as told:
        browser.window(1280)
        browser.driver.delete_all_cookies()
        yield told


def test_a_rep_sees_the_flag_rejects_the_lead_and_marketing_sees_why(browser: Browser, story: Story) -> None:
    """The whole loop: HubSpot's flag stands at the lead's name in Salesforce; the rep finds the lead in the
    list, chooses "rejected: no budget" and saves as herself; the next sync shows it at the contact."""
    browser.open(f"{story.firm.running.salesforce_url}/_sandbox/ui")
    browser.click("Leads", within="header")
    browser.type("Search leads", "uilen")
    browser.click("Search")
    browser.click("Fenna Uilenspiegel")
    assert "SLA status At risk" in browser.flags()

    story.reject(browser)

    assert "Saved." in browser.text
    assert {"Verdict Rejected", "Verdict reason No budget"} <= set(browser.flags())
    lead = story.firm.salesforce(story.lead)
    emma = next(row for row in story.firm.live("User") if row["FirstName"] == "Emma")
    assert lead["LastModifiedById"] == emma["Id"]

    browser.open(story.in_hubspot())
    assert not [each for each in browser.flags() if "Verdict" in each]
    story.sync()
    browser.open(story.in_hubspot())
    assert {"Verdict Rejected", "Verdict reason No budget"} <= set(browser.flags())
    assert "blank → Rejected" in browser.text


def test_a_refused_save_leads_to_the_field_and_keeps_what_was_typed(browser: Browser, story: Story) -> None:
    browser.open(f"{story.in_salesforce()}/edit")
    browser.type("Email", "no address")
    browser.type("Title", "Directeur")
    browser.click("Save")
    assert "Salesforce did not save this." in browser.text
    browser.driver.find_element(By.LINK_TEXT, "Email").click()
    assert browser.driver.current_url.endswith("#f-Email")
    error = browser.driver.find_element(
        By.ID, str(browser.field("Email").get_attribute("aria-describedby")).strip()
    )
    assert "invalid email address" in error.text
    assert browser.field("Title").get_attribute("value") == "Directeur"
    browser.type("Email", "fenna@uil.nl")
    browser.click("Save")
    assert story.firm.salesforce(story.lead)["Title"] == "Directeur"


def test_the_stage_of_a_deal_is_changed_with_the_keyboard_alone(browser: Browser, story: Story) -> None:
    """From the skip link through the page to the stage, its choice and the button, without a mouse."""
    deal = story.firm.world.hubspot.user_create(
        "deals", {"dealname": "Uil 2027", "dealstage": "contractsent"}
    )
    browser.open(f"{story.firm.running.hubspot_url}/_sandbox/ui/deals/{deal}")

    def focused() -> str:
        return str(browser.driver.switch_to.active_element.accessible_name)

    def press(*keys: str) -> None:
        browser.driver.switch_to.active_element.send_keys(*keys)

    press(Keys.TAB)
    assert focused() == "Skip to the content"
    for _ in range(20):
        if focused() == "Deal Stage":
            break
        press(Keys.TAB)
    press("Closed Won")
    press(Keys.TAB)
    assert focused() == "Change"
    left = browser.driver.find_element(By.TAG_NAME, "html")
    press(Keys.ENTER)
    browser.arrive(left)
    assert "Saved." in browser.text
    assert story.firm.hubspot(deal, "deals")["dealstage"] == "closedwon"


def test_a_name_that_is_a_script_stays_a_name(browser: Browser, story: Story) -> None:
    name = "<script>alert('x')</script><img src=x onerror=alert('y')>"
    lead = story.firm.lead(LastName=name, Company=name)
    browser.open(f"{story.firm.running.salesforce_url}/_sandbox/ui/Lead/{lead}")
    with pytest.raises(NoAlertPresentException):
        _ = browser.driver.switch_to.alert.text
    assert browser.driver.find_element(By.TAG_NAME, "h1").text == name


def test_pages_fit_a_telephone_and_ask_for_nothing_else(browser: Browser, story: Story) -> None:
    """Nothing is wider than the window, not even a name without a space; no request reaches the CRM's own
    routes, not even for an icon."""
    world, running = story.firm.world, story.firm.running
    long = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch" * 2
    story.firm.in_hubspot(story.contact, lastname=long[:100])
    for log in world.requests.values():
        log.reset()
    paths = {
        running.hubspot_url: ("", "/contacts", f"/contacts/{story.contact}", "/contacts/new", "/deals"),
        running.salesforce_url: (
            "",
            "/Lead",
            f"/Lead/{story.lead}",
            f"/Lead/{story.lead}/convert",
            "/Task/new",
        ),
    }
    for width, dark in ((390, True), (1280, False)):
        browser.window(width, dark=dark)
        for url, each in ((url, each) for url, some in paths.items() for each in some):
            browser.open(f"{url}/_sandbox/ui{each}")
            assert browser.overflow() <= 0, (width, each)
    assert {name: log.total for name, log in world.requests.items()} == {"hubspot": 0, "salesforce": 0}
