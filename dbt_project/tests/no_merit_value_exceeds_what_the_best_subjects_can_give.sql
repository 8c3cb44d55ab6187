-- What is this? 16 subjects give at most 320 points, one extra subject 20 more.
-- If it fails: a grade counts twice in fct_leaving.
select
    person_key,
    spring_year
from {{ ref('fct_leaving') }}
where merit_value_16 not between 0 and 320 or merit_value_17 not between merit_value_16 and 340
