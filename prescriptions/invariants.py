"""What holds at the gate, as queries that must find nothing (`manage.py verify`)."""

from __future__ import annotations

from pharmacy.invariants import Invariant

# Every text that rests sealed: a value that does not begin with the version byte was written in plain.
SEALED = {
    "prescriptions_patient": (
        "name",
        "born_on",
        "sex",
        "weight_kg",
        "allergies",
        "conditions",
        "medicines",
        "pregnancy",
        "breastfeeding",
        "kidney",
        "liver",
        "told_on",
    ),
    "prescriptions_thread": ("summary",),
    "prescriptions_threadmessage": ("text",),
    "prescriptions_consultation": ("answers", "flags", "evidence_note"),
    "prescriptions_diaryentry": ("facts",),
    "prescriptions_legalhold": ("reason",),
    "prescriptions_prescriptionitem": ("substance", "strength", "dose_text"),
    "prescriptions_document": ("name", "code"),
    "prescriptions_objectkey": ("data_key",),
    "prescriptions_prescription": ("number", "prescriber_written"),
    "prescriptions_prescribercheck": ("note",),
    "prescriptions_electronicpaper": ("body", "faults"),
    "prescriptions_prescriberlink": (
        "token",
        "prescriber_name",
        "email",
        "asked_for",
        "signed_name",
        "written",
        "reason",
    ),
    "prescriptions_message": ("text",),
    "prescriptions_decision": ("sentence", "evidence"),
    "prescriptions_check": ("summary", "inputs"),
    "prescriptions_alert": ("text",),
    "prescriptions_handcheck": ("sentence",),
    "prescriptions_alertanswer": ("sentence",),
    "prescriptions_contact": ("question", "who", "answer"),
    "prescriptions_intervention": ("action",),
    "prescriptions_secondcheck": ("evidence", "sentence"),
    "prescriptions_substitution": ("sentence",),
}
# table -> the triggers that keep it.
KEPT = {
    "prescriptions_prescribercheck": ("register_look_up_is_kept",),
    "prescriptions_electronicpaper": (
        "electronic_paper_is_kept",
        "electronic_paper_moves_only_along",
    ),
    "prescriptions_prescriberlink": ("prescriber_link_moves_only_along",),
    "prescriptions_clearance": (
        "clearance_is_lawful",
        "clearance_is_signed",
        "clearance_waits_for_its_day",
        "nothing_else_where_it_says_so",
        "clearance_is_kept",
        "withdrawn_for_good",
        "spent_while_it_stands",
        "carer_may_still_act",
        "high_risk_needs_evidence",
        "was_checked",
    ),
    "prescriptions_consultation": (
        "consultation_knows_its_risk",
        "consultation_is_kept",
        "consultation_is_decided_once",
        "answers_only_vanish",
    ),
    "prescriptions_questionnaire": ("questionnaire_is_kept",),
    "prescriptions_carer": ("carer_moves_only_along",),
    "prescriptions_thread": ("question_moves_only_along", "held_thread_is_kept"),
    "prescriptions_patient": ("held_patient_is_kept",),
    "prescriptions_diaryentry": ("held_diary_is_kept",),
    "prescriptions_threadmessage": ("words_only_vanish", "thread_message_is_kept"),
    "prescriptions_legalhold": ("hold_is_kept",),
    "prescriptions_decision": (
        "decision_is_kept",
        "decider_is_somebody_else",
        "decision_is_signed",
        "decision_says_what_was_replaced",
    ),
    "prescriptions_supplyentry": ("supply_entry_is_kept",),
    "prescriptions_prescriptionitem": ("item_keeps_its_words", "quantity_changes_openly"),
    "prescriptions_supplyrequest": ("request_is_kept", "request_moves_only_along", "pack_changes_while_it_waits"),
    "prescriptions_case": ("case_moves_only_along",),
    "prescriptions_document": ("document_moves_only_along", "held_document_is_kept"),
    "prescriptions_prescription": ("prescription_moves_only_along", "verified_keeps_its_dates"),
    "prescriptions_check": ("check_is_kept",),
    "prescriptions_alert": ("alert_is_kept",),
    "prescriptions_handcheck": ("hand_check_is_kept",),
    "prescriptions_alertanswer": ("alert_answer_is_kept",),
    "prescriptions_intervention": ("intervention_is_kept",),
    "prescriptions_contact": ("contact_is_kept", "contact_is_answered_once"),
    "prescriptions_clinicalrule": ("clinical_rule_is_kept",),
    "prescriptions_secondcheck": ("second_check_is_lawful", "second_check_is_kept"),
    "prescriptions_message": ("message_is_kept",),
    "prescriptions_substitution": ("substitution_is_lawful", "substitution_is_kept"),
}
_IN_PLAIN = " UNION ALL ".join(
    f"SELECT '{table}.{column}', id FROM {table}"  # noqa: S608  # names above
    f" WHERE length({column}_sealed) > 0 AND get_byte({column}_sealed, 0) <> 1"
    for table, columns in SEALED.items()
    for column in columns
)
_NOT_KEPT = " UNION ALL ".join(
    f"SELECT '{table}', '{trigger}' WHERE NOT EXISTS (SELECT FROM pg_trigger"  # noqa: S608  # names above
    f" WHERE tgrelid = '{table}'::regclass AND tgname = '{trigger}' AND tgenabled <> 'D')"
    for table, triggers in KEPT.items()
    for trigger in triggers
)

INVARIANTS = [
    Invariant(
        "a pharmacist registered that day signed every clearance but general sale",
        "A clearance without a signature is for general sale; every other names a registration that was valid on that"
        " day in the site's country.",
        1,
        """
        SELECT c.id, c.supply_class FROM prescriptions_clearance c
          JOIN prescriptions_supplyrequest r ON r.id = c.request_id JOIN catalog_site s ON s.id = r.site_id
         WHERE (c.supply_class <> 'general_sale' OR c.decided_by_id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM accounts_registration g
                WHERE g.user_id = c.decided_by_id AND g.number = c.registration_number AND g.country = s.country
                  AND (c.created_at AT TIME ZONE s.time_zone)::date BETWEEN g.valid_from AND g.valid_until)
        """,
    ),
    Invariant(
        "a prescription class was cleared on a valid prescription of that patient",
        "A prescription-only or controlled clearance stands on an item of a verified prescription of the same patient"
        " that was valid on that day.",
        1,
        """
        SELECT c.id, rx.status, rx.valid_until FROM prescriptions_clearance c
          JOIN prescriptions_supplyrequest r ON r.id = c.request_id JOIN catalog_site s ON s.id = r.site_id
          LEFT JOIN prescriptions_prescriptionitem i ON i.id = c.prescription_item_id
          LEFT JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
         WHERE (c.supply_class IN ('prescription_only', 'controlled') OR i.id IS NOT NULL)
           AND (rx.id IS NULL OR rx.verified_at IS NULL OR rx.valid_until IS NULL
                OR rx.patient_id IS DISTINCT FROM r.patient_id
                OR (c.created_at AT TIME ZONE s.time_zone)::date NOT BETWEEN rx.issued_on AND rx.valid_until)
        """,
    ),
    Invariant(
        "a clearance is for what was asked and cleared",
        "A cleared or supplied request has exactly its clearance: same class, same units, not withdrawn; supplied"
        " means used; nothing else has a clearance that could be used.",
        1,
        """
        SELECT r.id, r.status, c.id FROM prescriptions_supplyrequest r
          LEFT JOIN prescriptions_clearance c ON c.request_id = r.id
         WHERE CASE WHEN r.status IN ('cleared', 'supplied')
                    THEN c.id IS NULL OR c.withdrawn_at IS NOT NULL OR c.supply_class <> r.supply_class
                         OR c.units <> r.units OR (c.used_at IS NOT NULL) <> (r.status = 'supplied')
                    ELSE c.id IS NOT NULL AND c.withdrawn_at IS NULL END
        """,
    ),
    Invariant(
        "a signed clearance has its decision",
        "Every clearance that a pharmacist signed has the same pharmacist's approval, with what was seen.",
        1,
        """
        SELECT c.id FROM prescriptions_clearance c
         WHERE c.decided_by_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM prescriptions_decision d
                WHERE d.request_id = c.request_id AND d.verdict = 'approved' AND d.decided_by_id = c.decided_by_id
                  AND d.registration_number = c.registration_number AND length(d.evidence_sealed) > 0)
        """,
    ),
    Invariant(
        "nobody decided for themselves",
        "The one who decided is not the customer, does not act for the patient, and did not prescribe.",
        2,
        """
        SELECT d.id, d.decided_by_id FROM prescriptions_decision d
          JOIN prescriptions_supplyrequest r ON r.id = d.request_id
          LEFT JOIN prescriptions_patient p ON p.id = r.patient_id
          LEFT JOIN prescriptions_prescriptionitem i ON i.id = d.prescription_item_id
          LEFT JOIN prescriptions_prescription rx ON rx.id = i.prescription_id
          LEFT JOIN prescriptions_prescriber w ON w.id = rx.prescriber_id
         WHERE d.decided_by_id IN (r.customer_id, p.owner_id, w.user_id)
            OR (w.number <> '' AND w.number = d.registration_number)
            OR EXISTS (SELECT FROM prescriptions_carer g
                WHERE g.patient_id = r.patient_id AND g.user_id = d.decided_by_id AND g.state IN ('granted', 'ended')
                  AND g.reviewed_at <= d.decided_at AND (g.ended_at IS NULL OR g.ended_at >= d.decided_at))
        """,
    ),
    Invariant(
        "a refusal was told in the same breath",
        "Every declined request has one refusal with a coded reason, and the event that owes the release.",
        3,
        """
        SELECT r.id FROM prescriptions_supplyrequest r
          LEFT JOIN prescriptions_decision d ON d.request_id = r.id AND d.verdict = 'declined'
         WHERE (r.status = 'declined') <> (d.id IS NOT NULL)
            OR (r.status = 'declined' AND NOT EXISTS (SELECT FROM journal_event e
                 WHERE e.kind = 'supply.declined' AND e.about_type = 'supplyrequest' AND e.about_id = r.id::text))
        """,
    ),
    Invariant(
        "supplied never exceeds ordered",
        "On every prescription item supplied is at most ordered, and ordered is the quantity with its repeats.",
        6,
        """
        SELECT id, supplied_units, ordered_units FROM prescriptions_prescriptionitem
         WHERE supplied_units < 0 OR supplied_units > ordered_units OR ordered_units <> quantity * (repeats + 1)
        """,
    ),
    Invariant(
        "supplied is the sum of its ledger and of its live clearances",
        "What a prescription item counts as supplied is the sum of its entries, and what its clearances promise.",
        6,
        """
        SELECT i.id, i.supplied_units, e.units, c.units FROM prescriptions_prescriptionitem i
         CROSS JOIN LATERAL (SELECT coalesce(sum(units), 0) AS units FROM prescriptions_supplyentry
                              WHERE item_id = i.id) e
         CROSS JOIN LATERAL (SELECT coalesce(sum(units), 0) AS units FROM prescriptions_clearance
                              WHERE prescription_item_id = i.id AND withdrawn_at IS NULL) c
         WHERE i.supplied_units <> e.units OR i.supplied_units <> c.units
        """,
    ),
    Invariant(
        "what keeps the gate's records is in place",
        "The triggers that keep decisions, clearances and ledgers are there and enabled.",
        8,
        _NOT_KEPT,
    ),
    Invariant(
        "no request is left behind",
        "A case that is closed has nothing waiting, and an open one has.",
        9,
        """
        SELECT k.id, k.number, k.status FROM prescriptions_case k
         WHERE (k.status IN ('decided', 'withdrawn'))
            = EXISTS (SELECT FROM prescriptions_supplyrequest r WHERE r.case_id = k.id AND r.status = 'waiting')
        """,
    ),
    Invariant(
        "clinical words rest sealed",
        "No clinical text lies in the database in plain.",
        10,
        _IN_PLAIN,
    ),
    Invariant(
        "a check that did not run was never taken for clear",
        "Nothing was approved while a mandatory check had not run and nobody wrote down their own, nor against a stop.",
        11,
        """
        SELECT d.id, c.rule, c.state FROM prescriptions_decision d
          JOIN prescriptions_check c ON c.request_id = d.request_id AND c.current
         WHERE d.verdict = 'approved'
           AND ((c.is_mandatory AND c.state = 'did_not_run'
                 AND NOT EXISTS (SELECT FROM prescriptions_handcheck h WHERE h.stands_for_id = c.id))
                OR EXISTS (SELECT FROM prescriptions_alert a WHERE a.found_by_id = c.id AND a.severity = 'stop'))
        """,
    ),
    Invariant(
        "an alert that wants an answer had one",
        "Nothing was approved while an alert of the weight care, serious or contraindicated had no answer.",
        11,
        """
        SELECT d.id, a.code FROM prescriptions_decision d
          JOIN prescriptions_check c ON c.request_id = d.request_id AND c.current
          JOIN prescriptions_alert a ON a.found_by_id = c.id
         WHERE d.verdict = 'approved' AND a.severity IN ('caution', 'serious', 'contraindicated')
           AND a.code <> 'more_than_left' AND d.decided_at > c.ran_at
           AND NOT EXISTS (SELECT FROM prescriptions_alertanswer w WHERE w.alert_id = a.id)
        """,
    ),
    Invariant(
        "two signed what two must sign",
        "A controlled medicine, an overridden contraindication and whatever a rule wants two for has two signatures of"
        " different pharmacists.",
        2,
        """
        SELECT c.id FROM prescriptions_clearance c
         WHERE c.decided_by_id IS NOT NULL AND (c.second_by_id IS NULL OR c.second_by_id = c.decided_by_id)
           AND (c.supply_class = 'controlled' OR EXISTS (
                SELECT FROM prescriptions_check k JOIN prescriptions_alert a ON a.found_by_id = k.id
                 WHERE k.request_id = c.request_id AND k.current
                   AND (k.rule = 'second-check' OR a.severity = 'contraindicated')))
        """,
    ),
    Invariant(
        "what nobody decided about is not requested",
        "Only the four classes that may be supplied are ever requested.",
        11,
        """
        SELECT id, supply_class FROM prescriptions_supplyrequest
         WHERE supply_class NOT IN ('general_sale', 'pharmacy_only', 'prescription_only', 'controlled')
        """,
    ),
    Invariant(
        "a questionnaire alone supplied no high-risk class",
        "A consultation that ended in a supply is about a pharmacy-only item, is signed, and has evidence beside the"
        " answers where the class is of high risk (R-301).",
        1,
        """
        SELECT c.id, c.outcome FROM prescriptions_consultation c
         WHERE c.outcome = 'supply'
           AND (c.supply_class <> 'pharmacy_only' OR c.registration_number = ''
                OR (prescriptions_is_high_risk(c.product_id) AND c.evidence = ''))
        """,
    ),
    Invariant(
        "who acted for somebody else had a right to",
        "A clearance for a patient who is not the customer was signed while a right to act was granted that reached to"
        " that day, or was ended later.",
        2,
        """
        SELECT c.id FROM prescriptions_clearance c
          JOIN prescriptions_supplyrequest r ON r.id = c.request_id
          JOIN prescriptions_patient p ON p.id = r.patient_id
          JOIN catalog_site s ON s.id = r.site_id
         WHERE p.owner_id <> r.customer_id
           AND NOT EXISTS (SELECT FROM prescriptions_carer g
                WHERE g.patient_id = p.id AND g.user_id = r.customer_id AND g.state IN ('granted', 'ended')
                  AND g.reviewed_at <= c.created_at AND (g.ended_at IS NULL OR g.ended_at >= c.created_at)
                  AND g.ends_on >= (c.created_at AT TIME ZONE s.time_zone)::date)
        """,
    ),
]
