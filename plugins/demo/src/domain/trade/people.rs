//! Invented people. Addresses are made up, mail goes to domains reserved for examples, phone numbers are
//! of a range that Ofcom keeps free for drama.

use chrono::NaiveDate;

use super::random::Random;

/// Who buys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: String,
    /// Whether the person reads Chinese rather than English.
    chinese: bool,
    /// As far as it is known.
    pub(crate) female: Option<bool>,
    pub(crate) birth_date: Option<NaiveDate>,
    pub(crate) occupation: Option<&'static str>,
    pub(crate) interests: Vec<&'static str>,
    pub(crate) phone: Option<String>,
    pub(crate) wechat: Option<String>,
    pub(crate) address: Address,
}

/// Where a person lives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Address {
    pub(crate) line1: String,
    pub(crate) line2: Option<String>,
    pub(crate) city: &'static str,
    pub(crate) region: Option<&'static str>,
    pub(crate) postal_code: String,
    pub(crate) country: &'static str,
}

impl Person {
    /// Whether the person reads Chinese rather than English.
    pub(crate) fn chinese(&self) -> bool {
        self.chinese
    }
}

const WOMEN: [&str; 30] = [
    "Abigail",
    "Amelia",
    "Beatrice",
    "Charlotte",
    "Clara",
    "Daisy",
    "Edith",
    "Eleanor",
    "Emily",
    "Florence",
    "Freya",
    "Grace",
    "Hannah",
    "Harriet",
    "Imogen",
    "Isla",
    "Jessica",
    "Laura",
    "Lucy",
    "Martha",
    "Matilda",
    "Niamh",
    "Olivia",
    "Phoebe",
    "Rosalind",
    "Ruth",
    "Sophie",
    "Tamsin",
    "Violet",
    "Zara",
];
const MEN: [&str; 26] = [
    "Adam", "Alistair", "Arthur", "Benjamin", "Callum", "Daniel", "Edward", "Felix", "Finlay",
    "George", "Henry", "Hugo", "Jack", "James", "Jonah", "Leo", "Lewis", "Marcus", "Nathan",
    "Oliver", "Owen", "Patrick", "Rowan", "Samuel", "Theo", "Tobias",
];
const FAMILIES: [&str; 40] = [
    "Abbott",
    "Ashworth",
    "Barlow",
    "Beckett",
    "Bramwell",
    "Calder",
    "Chambers",
    "Croft",
    "Dalton",
    "Draper",
    "Ellison",
    "Fairfax",
    "Fletcher",
    "Garland",
    "Greenwood",
    "Hadley",
    "Hartley",
    "Holloway",
    "Ingram",
    "Jarvis",
    "Kendall",
    "Langley",
    "Lockwood",
    "Marlow",
    "Mercer",
    "Nash",
    "Okafor",
    "Patel",
    "Pemberton",
    "Quinn",
    "Radford",
    "Rahman",
    "Sinclair",
    "Singh",
    "Thorne",
    "Underwood",
    "Vaughan",
    "Whitaker",
    "Winslow",
    "Yates",
];
/// Family names with how they are written in Latin letters.
const CHINESE_FAMILIES: [(&str, &str); 24] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("赵", "zhao"),
    ("黄", "huang"),
    ("周", "zhou"),
    ("吴", "wu"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("胡", "hu"),
    ("朱", "zhu"),
    ("高", "gao"),
    ("林", "lin"),
    ("何", "he"),
    ("郭", "guo"),
    ("马", "ma"),
    ("罗", "luo"),
    ("沈", "shen"),
    ("宋", "song"),
    ("郑", "zheng"),
    ("谢", "xie"),
];
/// Given names with their spelling and whether they are women's.
const CHINESE_GIVEN: [(&str, &str, bool); 28] = [
    ("雨桐", "yutong", true),
    ("欣怡", "xinyi", true),
    ("梓涵", "zihan", true),
    ("诗涵", "shihan", true),
    ("静怡", "jingyi", true),
    ("晓琳", "xiaolin", true),
    ("婉清", "wanqing", true),
    ("思琪", "siqi", true),
    ("若曦", "ruoxi", true),
    ("美玲", "meiling", true),
    ("佳宁", "jianing", true),
    ("雪梅", "xuemei", true),
    ("文静", "wenjing", true),
    ("慧敏", "huimin", true),
    ("子轩", "zixuan", false),
    ("浩然", "haoran", false),
    ("宇航", "yuhang", false),
    ("俊杰", "junjie", false),
    ("志远", "zhiyuan", false),
    ("明哲", "mingzhe", false),
    ("建国", "jianguo", false),
    ("天佑", "tianyou", false),
    ("一鸣", "yiming", false),
    ("思远", "siyuan", false),
    ("博文", "bowen", false),
    ("嘉豪", "jiahao", false),
    ("立群", "liqun", false),
    ("承泽", "chengze", false),
];
/// Town, county and the letters of its postal codes.
const TOWNS: [(&str, Option<&str>, &str); 18] = [
    ("London", None, "SE"),
    ("London", None, "N"),
    ("Bristol", None, "BS"),
    ("Manchester", None, "M"),
    ("Leeds", Some("West Yorkshire"), "LS"),
    ("Edinburgh", None, "EH"),
    ("Glasgow", None, "G"),
    ("Cardiff", None, "CF"),
    ("Norwich", Some("Norfolk"), "NR"),
    ("Brighton", Some("East Sussex"), "BN"),
    ("Oxford", Some("Oxfordshire"), "OX"),
    ("Cambridge", Some("Cambridgeshire"), "CB"),
    ("York", None, "YO"),
    ("Bath", Some("Somerset"), "BA"),
    ("Exeter", Some("Devon"), "EX"),
    ("Sheffield", Some("South Yorkshire"), "S"),
    ("Liverpool", None, "L"),
    ("Belfast", None, "BT"),
];
const STREETS: [&str; 20] = [
    "Alder Lane",
    "Beech Grove",
    "Canal Street",
    "Church Walk",
    "Cobbler's Yard",
    "Fern Hill",
    "Garden Row",
    "Harbour Road",
    "Hawthorn Close",
    "Kiln Lane",
    "Larch Avenue",
    "Mill Street",
    "Orchard Way",
    "Quarry Road",
    "Rookery Lane",
    "Saddler Street",
    "Station Road",
    "Threadneedle Mews",
    "Vine Terrace",
    "Willow Court",
];
/// Town, province, district, first digits of its postal codes.
const CHINESE_TOWNS: [(&str, Option<&str>, &str, &str); 10] = [
    ("上海市", None, "徐汇区", "2000"),
    ("上海市", None, "静安区", "2000"),
    ("北京市", None, "朝阳区", "1000"),
    ("北京市", None, "海淀区", "1000"),
    ("杭州市", Some("浙江省"), "西湖区", "3100"),
    ("苏州市", Some("江苏省"), "姑苏区", "2150"),
    ("广州市", Some("广东省"), "越秀区", "5100"),
    ("成都市", Some("四川省"), "锦江区", "6100"),
    ("厦门市", Some("福建省"), "思明区", "3610"),
    ("南京市", Some("江苏省"), "玄武区", "2100"),
];
const CHINESE_STREETS: [&str; 10] = [
    "梧桐路",
    "桂花街",
    "青石巷",
    "望湖路",
    "竹林弄",
    "书院路",
    "茶场街",
    "银杏大道",
    "海棠路",
    "清泉路",
];
const OCCUPATIONS: [&str; 16] = [
    "accountant",
    "architect",
    "baker",
    "carpenter",
    "designer",
    "doctor",
    "engineer",
    "gardener",
    "journalist",
    "librarian",
    "musician",
    "nurse",
    "researcher",
    "software developer",
    "teacher",
    "translator",
];
const CHINESE_OCCUPATIONS: [&str; 12] = [
    "会计",
    "建筑师",
    "设计师",
    "医生",
    "工程师",
    "编辑",
    "教师",
    "护士",
    "研究员",
    "程序员",
    "翻译",
    "摄影师",
];
const INTERESTS: [&str; 12] = [
    "baking",
    "calligraphy",
    "ceramics",
    "cooking",
    "cycling",
    "drawing",
    "gardening",
    "hiking",
    "music",
    "reading",
    "tea",
    "yoga",
];
const CHINESE_INTERESTS: [&str; 12] = [
    "烘焙", "书法", "陶艺", "烹饪", "骑行", "绘画", "园艺", "徒步", "音乐", "阅读", "茶道", "瑜伽",
];

/// Draws the `number`-th person. The number makes the mail address unique.
pub(super) fn draw(random: &mut Random, number: usize) -> Person {
    let chinese = random.chance(0.3);
    let (name, account, woman) = if chinese { chinese_name(random) } else { english_name(random) };
    let domain = random.pick(&["example.com", "example.net", "example.org"]);
    let known = |random: &mut Random, chance: f64| random.chance(chance);
    let female = known(random, 0.7).then_some(woman);
    let birth_date = known(random, 0.45).then(|| birth_date(random)).flatten();
    let (jobs, likes): (&[&str], &[&str]) = if chinese {
        (&CHINESE_OCCUPATIONS, &CHINESE_INTERESTS)
    } else {
        (&OCCUPATIONS, &INTERESTS)
    };
    let occupation = known(random, 0.35).then(|| random.pick(jobs));
    let mut interests: Vec<&'static str> = Vec::new();
    for _ in 0..random.below(4) {
        let interest = random.pick(likes);
        if !interests.contains(&interest) {
            interests.push(interest);
        }
    }
    // Most who read Chinese live in Britain too, as the shop does.
    let abroad = chinese && random.chance(0.4);
    let phone =
        (!abroad && known(random, 0.5)).then(|| format!("+44 7700 900{:03}", random.below(1000)));
    let wechat = (chinese && known(random, 0.6)).then(|| format!("{account}_{:03}", number % 1000));
    Person {
        email: format!("{account}.{}@{domain}", number + 1),
        name,
        chinese,
        female,
        birth_date,
        occupation,
        interests,
        phone,
        wechat,
        address: if abroad { chinese_address(random) } else { british_address(random) },
    }
}

fn english_name(random: &mut Random) -> (String, String, bool) {
    let woman = random.chance(0.58);
    let given = if woman { random.pick(&WOMEN) } else { random.pick(&MEN) };
    let family = random.pick(&FAMILIES);
    (format!("{given} {family}"), format!("{given}.{family}").to_lowercase(), woman)
}

fn chinese_name(random: &mut Random) -> (String, String, bool) {
    let (family, family_latin) = random.pick(&CHINESE_FAMILIES);
    let (given, given_latin, woman) = random.pick(&CHINESE_GIVEN);
    (format!("{family}{given}"), format!("{given_latin}.{family_latin}"), woman)
}

fn birth_date(random: &mut Random) -> Option<NaiveDate> {
    let (year, day) = (1948 + random.below(57) as i32, 1 + random.below(365) as u32);
    NaiveDate::from_yo_opt(year, day)
}

fn british_address(random: &mut Random) -> Address {
    let (city, region, area) = random.pick(&TOWNS);
    let letter = |random: &mut Random| {
        random.pick(&['A', 'B', 'D', 'E', 'G', 'H', 'J', 'L', 'N', 'P', 'R', 'S', 'T'])
    };
    let inward = format!("{}{}{}", random.below(9) + 1, letter(random), letter(random));
    Address {
        line1: format!("{} {}", 1 + random.below(140), random.pick(&STREETS)),
        line2: random.chance(0.15).then(|| format!("Flat {}", 1 + random.below(12))),
        city,
        region,
        postal_code: format!("{area}{} {inward}", 1 + random.below(9)),
        country: "GB",
    }
}

fn chinese_address(random: &mut Random) -> Address {
    let (city, region, district, code) = random.pick(&CHINESE_TOWNS);
    let street = random.pick(&CHINESE_STREETS);
    Address {
        line1: format!("{district}{street}{}号", 1 + random.below(280)),
        line2: Some(format!(
            "{}栋{}室",
            1 + random.below(12),
            101 + random.below(20) * 100 + random.below(4)
        )),
        city,
        region,
        postal_code: format!("{code}{:02}", random.below(90)),
        country: "CN",
    }
}
