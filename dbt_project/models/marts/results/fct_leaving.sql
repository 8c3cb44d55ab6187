with grades as (

    select * from {{ ref('fct_grade') }}
    where occasion_code = 'final_grade'

),

enrolments as (

    select * from {{ ref('mst_enrolment') }}

),

persons as (

    select * from {{ ref('mst_person') }}

),

merit_rules as (

    select * from {{ ref('ref_merit_rule') }}

),

eligibility_rules as (

    select * from {{ ref('ref_eligibility_rule') }}

),

eligibility_core as (

    select * from {{ ref('ref_eligibility_core') }}

),

leaving_years as (

    select * from {{ ref('ref_leaving_year') }}
    where school_form_code = 'GR'

),

-- the population: who got, or should have got, a grade in at least one subject, at the unit that issued the grades;
-- pupils of anpassad grundskola are not in it
candidates as (

    select
        person_key,
        school_unit_code,
        spring_year,
        school_year,
        graded_on,
        max(class_label) as class_label,
        max(_load) as _load,
        count(*) filter (where counts_as_subject) as subjects,
        count(*) filter (where is_passed) as passed_subjects,
        count(*) filter (where is_adapted_study_path) as adapted_subjects,
        count(*) filter (where is_conflicting_pair) > 0 as has_conflicting_pair
    from grades
    group by person_key, school_unit_code, spring_year, school_year, graded_on
    having count(*) filter (where counts_as_subject or is_conflicting_pair) > 0

),

-- a pupil in two units' files of one spring counts once: at the unit with most subjects, then the later file
issuing as (

    select
        *,
        row_number() over (
            partition by person_key, spring_year order by {{ order_of_issuing() }}
        ) as nth
    from candidates

),

leavers as (

    select *
    from issuing
    where nth = 1 and not {{ is_in_adapted_school('enrolments', 'issuing.person_key', 'issuing.graded_on') }}

),

-- merit value: the best subjects, and one extra subject on top if the rule has it
ranked as (

    select
        grades.person_key,
        grades.spring_year,
        grades.subject_code,
        grades.points,
        coalesce(grades.subject_code = merit_rules.extra_subject_code, false) as is_extra,
        merit_rules.best_subjects,
        row_number() over (
            partition by grades.person_key, grades.spring_year
            order by grades.points desc, grades.subject_code asc
        ) as rank_of_all,
        row_number() over (
            partition by
                grades.person_key,
                grades.spring_year,
                case when grades.subject_code = merit_rules.extra_subject_code then 1 else 0 end
            order by grades.points desc, grades.subject_code asc
        ) as rank_of_others
    from grades
    inner join
        leavers
        on
            grades.person_key = leavers.person_key
            and grades.spring_year = leavers.spring_year
            and grades.school_unit_code = leavers.school_unit_code
    inner join merit_rules on {{ holds_on('merit_rules', 'leavers.graded_on') }}
    where grades.counts_as_subject

),

merit as (

    select
        person_key,
        spring_year,
        coalesce(sum(points) filter (where rank_of_all <= best_subjects), 0) as merit_value_16,
        coalesce(sum(points) filter (where is_extra or rank_of_others <= best_subjects), 0) as merit_value_17
    from ranked
    group by person_key, spring_year

),

-- eligibility: how many of a target's requirements the pupil has passed
requirements as (

    select
        eligibility_core.target_code,
        -- distinct: alternatives (Swedish or Swedish as a second language) are one requirement
        count(distinct eligibility_core.requirement) as required,
        eligibility_core.valid_from,
        eligibility_core.valid_to
    from eligibility_core
    group by eligibility_core.target_code, eligibility_core.valid_from, eligibility_core.valid_to

),

met as (

    select
        grades.person_key,
        grades.spring_year,
        grades.school_unit_code,
        grades.graded_on,
        eligibility_core.target_code,
        -- distinct: passing two alternatives meets one requirement
        count(distinct eligibility_core.requirement) as met
    from grades
    inner join
        eligibility_core
        on
            grades.subject_code = eligibility_core.subject_code
            and {{ holds_on('eligibility_core', 'grades.graded_on') }}
    where grades.is_passed
    group by
        grades.person_key,
        grades.spring_year,
        grades.school_unit_code,
        grades.graded_on,
        eligibility_core.target_code

),

eligibility as (

    select
        leavers.person_key,
        leavers.spring_year,
        eligibility_rules.target_code,
        eligibility_rules.not_if_eligible_to,
        coalesce(met.met, 0) = requirements.required
        and leavers.passed_subjects >= eligibility_rules.min_passed_subjects as is_eligible
    from leavers
    inner join eligibility_rules on {{ holds_on('eligibility_rules', 'leavers.graded_on') }}
    inner join
        requirements
        on
            eligibility_rules.target_code = requirements.target_code
            and {{ holds_on('requirements', 'leavers.graded_on') }}
    left join
        met
        on
            leavers.person_key = met.person_key
            and leavers.spring_year = met.spring_year
            and leavers.school_unit_code = met.school_unit_code
            and eligibility_rules.target_code = met.target_code

),

-- a target that is meant for those who are not eligible to another one says nothing about the others
eligibility_wide as (

    select
        eligibility.person_key,
        eligibility.spring_year,
        bool_or(eligibility.is_eligible) filter (where eligibility.target_code = 'YP') as is_eligible_yp,
        bool_or(eligibility.is_eligible) filter (where eligibility.target_code = 'ES') as is_eligible_es,
        bool_or(eligibility.is_eligible) filter (where eligibility.target_code = 'EKHUSA') as is_eligible_ekhusa,
        bool_or(eligibility.is_eligible) filter (where eligibility.target_code = 'NATE') as is_eligible_nate,
        bool_or(eligibility.is_eligible) filter (
            where eligibility.target_code = 'IMV' and not coalesce(other.is_eligible, false)
        ) as is_eligible_imv
    from eligibility
    left join
        eligibility as other
        on
            eligibility.person_key = other.person_key
            and eligibility.spring_year = other.spring_year
            and eligibility.not_if_eligible_to = other.target_code
    group by eligibility.person_key, eligibility.spring_year

),

-- Swedish (either), English and mathematics: the core that every national programme requires
core as (

    select
        met.person_key,
        met.spring_year,
        met.school_unit_code,
        met.met = requirements.required as has_passed_core
    from met
    inner join
        requirements
        on met.target_code = requirements.target_code and {{ holds_on('requirements', 'met.graded_on') }}
    where met.target_code = 'YP'

)

select
    leavers.person_key,
    leavers.spring_year,
    leavers.school_year,
    leavers.school_unit_code,
    leavers.graded_on,
    leavers.class_label,
    leaving_years.leaving_grade_year,
    persons.sex_code,
    leavers.subjects,
    leavers.passed_subjects,
    leavers.adapted_subjects,
    leavers.has_conflicting_pair,
    coalesce(merit.merit_value_16, 0) as merit_value_16,
    coalesce(merit.merit_value_17, 0) as merit_value_17,
    leavers.subjects > 0 and leavers.passed_subjects = leavers.subjects as has_passed_all,
    leavers.subjects > 0 and leavers.passed_subjects = leavers.subjects and leavers.adapted_subjects = 0
        as has_passed_all_strict,
    coalesce(core.has_passed_core, false) as has_passed_core,
    eligibility_wide.is_eligible_yp,
    eligibility_wide.is_eligible_es,
    eligibility_wide.is_eligible_ekhusa,
    eligibility_wide.is_eligible_nate,
    eligibility_wide.is_eligible_imv,
    leavers._load
from leavers
left join persons on leavers.person_key = persons.person_key
left join leaving_years on {{ holds_on('leaving_years', 'leavers.graded_on') }}
left join merit on leavers.person_key = merit.person_key and leavers.spring_year = merit.spring_year
left join
    eligibility_wide
    on leavers.person_key = eligibility_wide.person_key and leavers.spring_year = eligibility_wide.spring_year
left join
    core
    on
        leavers.person_key = core.person_key
        and leavers.spring_year = core.spring_year
        and leavers.school_unit_code = core.school_unit_code
